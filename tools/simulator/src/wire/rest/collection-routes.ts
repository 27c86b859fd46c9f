import { ordinalOf, widenId } from '../../org/ids.ts';
import type { Edit, EditResult } from '../../org/edit.ts';
import type { Org } from '../../org/org.ts';
import type { RowError } from '../../org/record.ts';
import type { ObjectSchema } from '../../org/schema.ts';
import { ApiError, apiError } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { json, type Reply } from '../http/reply.ts';
import type { Route } from '../http/router.ts';
import { recordShape } from '../soql/row-shape.ts';
import { changeContext } from './change-context.ts';
import { dataRoute } from './data-route.ts';
import { objectOf } from './describe-routes.ts';
import { externalIdField, findByExternalId } from './find-record.ts';
import { fieldsFrom, typeOf } from './record-body.ts';
import { selectedFields } from './sobject-routes.ts';

/** Records per write, and records per retrieve. */
const MAX_RECORDS = 200;
const MAX_RETRIEVE = 2_000;
/** Records of mixed types run in consecutive chunks of one type. */
const MAX_CHUNKS = 10;

export function collectionRoutes(org: Org): Route[] {
  const rest = { class: 'rest' } as const;
  const path = '/composite/sobjects';
  return [
    dataRoute({
      ...rest,
      name: 'collection-insert',
      method: 'POST',
      path,
      handle: (x) => write(x, org, insertEdit),
    }),
    dataRoute({
      ...rest,
      name: 'collection-update',
      method: 'PATCH',
      path,
      handle: (x) => write(x, org, updateEdit),
    }),
    dataRoute({ ...rest, name: 'collection-delete', method: 'DELETE', path, handle: (x) => remove(x, org) }),
    dataRoute({
      ...rest,
      name: 'collection-upsert',
      method: 'PATCH',
      path: `${path}/:object/:field`,
      handle: (x) => upsert(x, org),
    }),
    dataRoute({
      ...rest,
      name: 'collection-retrieve',
      method: 'POST',
      path: `${path}/:object`,
      handle: async (x) => {
        const { ids, fields } = await x.json();
        return retrieve(x, org, texts(ids, 'ids'), texts(fields, 'fields'));
      },
    }),
    dataRoute({
      ...rest,
      name: 'collection-retrieve',
      method: 'GET',
      path: `${path}/:object`,
      handle: (x) => retrieve(x, org, list(x, 'ids'), list(x, 'fields')),
    }),
  ];
}

const list = (exchange: Exchange, name: string): string[] =>
  (exchange.query.get(name) ?? '').split(',').filter((part) => part !== '');

function texts(value: unknown, name: string): string[] {
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string'))
    throw apiError(400, 'JSON_PARSER_ERROR', `The value of ${name} must be an array of strings`);
  return value;
}

/** What becomes of one input row: an edit, or its refusal before any edit is tried. */
type Step = { readonly edit: Edit; readonly created?: boolean } | { readonly refusal: RowError };
type BodyRecord = Record<string, unknown>;

async function write(
  exchange: Exchange,
  org: Org,
  step: (record: BodyRecord, object: ObjectSchema) => Step,
): Promise<Reply> {
  const { records, allOrNone } = await batch(exchange);
  const steps = records.map((record) => {
    const type = typeOf(record);
    const object = type === undefined ? undefined : org.schema.object(type);
    if (object === undefined)
      return refusal('INVALID_TYPE', `sObject type '${type ?? ''}' is not supported in this call`);
    return refusable(() => step(record, object));
  });
  return json(run(exchange, org, steps, allOrNone, false));
}

async function batch(exchange: Exchange): Promise<{ records: BodyRecord[]; allOrNone: boolean }> {
  const { records, allOrNone } = await exchange.json();
  if (!Array.isArray(records) || !records.every((record) => typeof record === 'object' && record !== null))
    throw apiError(400, 'JSON_PARSER_ERROR', 'The value of records must be an array of records');
  const rows = records as BodyRecord[];
  tooMany(rows.length, MAX_RECORDS);
  const chunks = rows.filter((row, i) => i === 0 || typeOf(row) !== typeOf(rows[i - 1] ?? {})).length;
  if (chunks > MAX_CHUNKS)
    throw apiError(
      400,
      'INVALID_INPUT',
      `records of mixed types make ${chunks} chunks, at most ${MAX_CHUNKS} are allowed`,
    );
  return { records: rows, allOrNone: allOrNone === true };
}

function tooMany(count: number, max: number): void {
  if (count > max)
    throw apiError(
      400,
      'EXCEEDED_ID_LIMIT',
      `record limit reached. cannot submit more than ${max} records into this call`,
    );
}

const insertEdit = (record: BodyRecord, object: ObjectSchema): Step => ({
  edit: { op: 'create', object: object.name, fields: fieldsFrom(record, object) },
});

function updateEdit(record: BodyRecord, object: ObjectSchema): Step {
  const id = Object.entries(record).find(([name]) => name.toLowerCase() === 'id')?.[1];
  if (typeof id !== 'string') return refusal('MISSING_ARGUMENT', 'Id not specified in an update call');
  if (widenId(id) === undefined)
    return refusal('MALFORMED_ID', `Id: id value of incorrect type: ${id}`, ['Id']);
  return { edit: { op: 'update', object: object.name, id, fields: fieldsFrom(record, object, ['id']) } };
}

const refusal = (statusCode: string, message: string, fields: string[] = []): Step => ({
  refusal: { statusCode, message, fields },
});

function refusable(make: () => Step): Step {
  try {
    return make();
  } catch (error) {
    if (error instanceof ApiError) return refusal(error.name, error.message);
    throw error;
  }
}

const ROLLED_BACK: RowError = {
  statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  message: 'Record rolled back because not all records were valid and the request was using AllOrNone header',
  fields: [],
};

/** One transaction for the whole call; results keep the order of the input. */
function run(
  exchange: Exchange,
  org: Org,
  steps: readonly Step[],
  allOrNone: boolean,
  isUpsert: boolean,
): unknown[] {
  const isLost = allOrNone && steps.some((step) => 'refusal' in step);
  const edits = isLost ? [] : steps.flatMap((step) => ('edit' in step ? [step.edit] : []));
  const { results } =
    edits.length === 0 ? { results: [] } : org.transact(edits, changeContext(exchange, allOrNone));
  let next = 0;
  return steps.map((step) => {
    if ('refusal' in step) return { success: false, errors: [step.refusal] };
    if (isLost) return { success: false, errors: [ROLLED_BACK] };
    return rowResult(results[next++], isUpsert ? { created: step.created === true } : {});
  });
}

function rowResult(result: EditResult | undefined, extra: { created?: boolean }): unknown {
  if (result === undefined) throw new Error('a transaction answered fewer results than edits');
  const { id, success, errors } = result;
  return success ? { id, success, errors: [], ...extra } : { success, errors };
}

async function upsert(exchange: Exchange, org: Org): Promise<Reply> {
  const object = objectOf(exchange, org);
  const field = externalIdField(org, object, exchange.param('field'));
  const { records, allOrNone } = await batch(exchange);
  const keys = records.map((record) => {
    const value = Object.entries(record).find(
      ([name]) => name.toLowerCase() === field.name.toLowerCase(),
    )?.[1];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  });
  const known = keys.filter((key) => key !== undefined);
  const matches =
    field.type === 'id'
      ? new Map(known.map((id) => [id, [id]]))
      : findByExternalId(org, object, field, known);
  const steps = records.map((record, i): Step => {
    const key = keys[i];
    if (key === undefined) return refusal('MISSING_ARGUMENT', `${field.name} not specified`, [field.name]);
    if (keys.indexOf(key) !== i)
      return refusal('DUPLICATE_VALUE', `Duplicate external id specified: ${key}`, [field.name]);
    const ids = matches.get(key) ?? [];
    if (ids.length > 1)
      return refusal(
        'DUPLICATE_EXTERNAL_ID',
        `more than one record found for external id field: [${ids.join(', ')}]`,
        [field.name],
      );
    return refusable(() => upsertEdit(record, object, field.name, key, ids[0]));
  });
  return json(run(exchange, org, steps, allOrNone, true));
}

function upsertEdit(
  record: BodyRecord,
  object: ObjectSchema,
  field: string,
  key: string,
  id: string | undefined,
): Step {
  const fields = fieldsFrom(record, object, [field]);
  return id === undefined
    ? { edit: { op: 'create', object: object.name, fields: { ...fields, [field]: key } }, created: true }
    : { edit: { op: 'update', object: object.name, id, fields } };
}

function remove(exchange: Exchange, org: Org): Reply {
  const ids = list(exchange, 'ids');
  tooMany(ids.length, MAX_RECORDS);
  if (ids.length === 0) throw apiError(400, 'MALFORMED_ID', 'The ids parameter names no record');
  const steps = ids.map((id): Step =>
    widenId(id) === undefined
      ? refusal('MALFORMED_ID', `malformed id ${id}`)
      : { edit: { op: 'delete', id } },
  );
  return json(run(exchange, org, steps, exchange.query.get('allOrNone') === 'true', false));
}

function retrieve(exchange: Exchange, org: Org, ids: readonly string[], fields: readonly string[]): Reply {
  const object = objectOf(exchange, org);
  tooMany(ids.length, MAX_RETRIEVE);
  const columns = selectedFields(org, object, fields);
  const snapshot = org.read();
  try {
    const table = snapshot.table(object.name);
    const render = recordShape(object, columns, table, exchange.apiVersion);
    const records = ids.map((id) => {
      const ordinal = ordinalOf(object.keyPrefix, id);
      return ordinal !== undefined && table.has(ordinal)
        ? { ...render(ordinal), Id: table.column('Id')(ordinal) }
        : null;
    });
    return json(records);
  } finally {
    snapshot.release();
  }
}
