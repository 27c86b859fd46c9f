import { restDateTime } from '../data/base-time.ts';
import type { Draft, DraftRow } from './draft.ts';
import { addressOf, liveAddress, put, stampRow, tableOf, type EditContext } from './edit-context.ts';
import type { ObjectTable } from './object-table.ts';
import type { FieldEntry } from './org-schema.ts';
import { checkPriceDefinition } from './price-rules.ts';
import type { RowError, SfRecord, SfValue } from './record.ts';
import { refuse, RowRefused } from './row-refused.ts';
import { readInput } from './value-input.ts';

/** Creates a record; returns its id. Throws RowRefused with every problem of the row. */
export function createRecord(context: EditContext, draft: Draft, object: string, fields: SfRecord): string {
  const table = tableOf(context, object);
  if (!table.entry.createable)
    refuse('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', `entity type ${table.entry.name} does not support create`);
  const values = readFields(table, fields, 'create');
  fillDefaults(context, table, values);
  requireFields(table, values);
  const row = draft.create(table);
  for (const [field, value] of values) row.patch[field.storage] = value;
  checkReferences(context, draft, values);
  checkUnique(draft, row, values);
  if (table.entry.name === 'PricebookEntry') checkPriceDefinition(context, draft, row);
  draft.note(row);
  put(row, 'CreatedDate', restDateTime(context.stamp));
  put(row, 'CreatedById', context.user);
  stampRow(context, row);
  composeName(draft, row);
  return table.renderId(row.ordinal);
}

/** Changes a record. An update that changes nothing still stamps the row, as in Salesforce. */
export function updateRecord(
  context: EditContext,
  draft: Draft,
  object: string,
  id: string,
  fields: SfRecord,
): string {
  const { table, ordinal } = liveAddress(context, draft, id, object);
  if (!table.entry.updateable)
    refuse('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', `entity type ${table.entry.name} does not support update`);
  const values = readFields(table, fields, 'update');
  const missing = [...values]
    .filter(([field, value]) => value === null && isRequired(field))
    .map(([field]) => field.name);
  if (missing.length > 0)
    refuse('REQUIRED_FIELD_MISSING', `Required fields are missing: [${missing.join(', ')}]`, missing);
  const row = draft.touch(table, ordinal);
  for (const [field, value] of values) row.patch[field.storage] = value;
  checkReferences(context, draft, values);
  checkUnique(draft, row, values);
  draft.note(row);
  stampRow(context, row);
  composeName(draft, row);
  return table.renderId(ordinal);
}

/** Known, writeable and well-formed values; every problem of the row at once. */
function readFields(
  table: ObjectTable,
  fields: SfRecord,
  operation: 'create' | 'update',
): Map<FieldEntry, SfValue> {
  const values = new Map<FieldEntry, SfValue>();
  const errors: RowError[] = [];
  const readOnly: string[] = [];
  for (const [name, raw] of Object.entries(fields)) {
    const field = table.entry.field(name);
    if (field === undefined) {
      errors.push({
        statusCode: 'INVALID_FIELD',
        message: `No such column '${name}' on sobject of type ${table.entry.name}`,
        fields: [],
      });
      continue;
    }
    const writeable = operation === 'create' ? field.createable : (field.updateable ?? field.createable);
    if (writeable === false || field.type === 'id' || field.compound || field.derivedFrom !== undefined) {
      readOnly.push(field.name);
      continue;
    }
    const input = readInput(field, raw);
    if ('error' in input) errors.push(input.error);
    else values.set(field, input.value);
  }
  if (readOnly.length > 0) {
    errors.push({
      statusCode: 'INVALID_FIELD_FOR_INSERT_UPDATE',
      message: `Unable to create/update fields: ${readOnly.join(', ')}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`,
      fields: readOnly,
    });
  }
  if (errors.length > 0) throw new RowRefused(errors);
  return values;
}

const isRequired = (field: FieldEntry): boolean =>
  field.nillable === false && field.type !== 'boolean' && field.createable !== false;

function fillDefaults(context: EditContext, table: ObjectTable, values: Map<FieldEntry, SfValue>): void {
  for (const field of table.entry.stored) {
    if (values.get(field) !== undefined && values.get(field) !== null) continue;
    if (field.name === 'CurrencyIsoCode') values.set(field, context.defaultCurrency);
    else if (field.name === 'OwnerId') values.set(field, context.user);
    else if (values.has(field) || field.name === 'IsDeleted') continue;
    else if (field.defaultValue !== undefined) values.set(field, field.defaultValue);
  }
}

function requireFields(table: ObjectTable, values: ReadonlyMap<FieldEntry, SfValue>): void {
  const useStandard = [...values].some(
    ([field, value]) => field.name === 'UseStandardPrice' && value === true,
  );
  const missing = table.entry.stored
    .filter((field) => isRequired(field) && (values.get(field) ?? null) === null)
    .filter((field) => !(useStandard && field.name === 'UnitPrice'))
    .map((field) => field.name);
  if (missing.length > 0)
    refuse('REQUIRED_FIELD_MISSING', `Required fields are missing: [${missing.join(', ')}]`, missing);
}

/** A reference must point to a living record of the right object. Objects that this org does not hold are not checked. */
function checkReferences(context: EditContext, draft: Draft, values: ReadonlyMap<FieldEntry, SfValue>): void {
  for (const [field, value] of values) {
    if (field.type !== 'reference' || typeof value !== 'string') continue;
    const object = field.referenceTo?.[0];
    if (object === undefined || context.schema.object(object) === undefined) continue;
    if (context.schema.objectByPrefix(value.slice(0, 3))?.name !== object) {
      refuse('FIELD_INTEGRITY_EXCEPTION', `${field.label}: id value of incorrect type: ${value}`, [
        field.name,
      ]);
    }
    const { table, ordinal } = addressOf(context, value, object);
    const presence = draft.presence(table, ordinal);
    if (presence === 'bin') refuse('ENTITY_IS_DELETED', 'entity is deleted', [field.name]);
    if (presence === 'none')
      refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [field.name]);
    draft.rely(table, ordinal);
  }
}

function checkUnique(draft: Draft, row: DraftRow, values: ReadonlyMap<FieldEntry, SfValue>): void {
  for (const [field, value] of values) {
    if (field.unique !== true || typeof value !== 'string') continue;
    const wanted = value.toLowerCase();
    const others = [
      ...row.table.uniqueCandidates(field, value),
      ...draft.noted(row.table, field.storage, value),
    ];
    for (const ordinal of others) {
      if (ordinal === row.ordinal || draft.presence(row.table, ordinal) !== 'live') continue;
      if (String(draft.value(row.table, ordinal, field)).toLowerCase() !== wanted) continue;
      refuse(
        'DUPLICATE_VALUE',
        `duplicate value found: ${field.name} duplicates value on record with id: ${row.table.renderId(ordinal)}`,
        [field.name],
      );
    }
  }
}

/** A person's Name is made from its parts. */
function composeName(draft: Draft, row: DraftRow): void {
  if (row.table.entry.name !== 'User') return;
  const parts = ['FirstName', 'LastName'].map((name) => draft.valueOf(row.table, row.ordinal, name));
  put(row, 'Name', parts.filter((part) => part !== null).join(' '));
}
