import { restDateTime } from '../data/base-time.ts';
import type { Draft, DraftRow } from './draft.ts';
import { widenId } from './ids.ts';
import type { ObjectTable, StoredValues } from './object-table.ts';
import type { OrgSchema } from './org-schema.ts';
import { refuse } from './row-refused.ts';

/** What every rule of a transaction needs to know. */
export interface EditContext {
  readonly schema: OrgSchema;
  readonly tables: ReadonlyMap<string, ObjectTable>;
  /** Epoch ms in whole seconds: the stamp of the statement. */
  readonly stamp: number;
  /** 18-character id. */
  readonly user: string;
  readonly defaultCurrency: string;
  /** A number that no other deletion has. */
  newBinGroup(): number;
}

export interface RowAddress {
  readonly table: ObjectTable;
  readonly ordinal: number;
}

export function tableOf(context: EditContext, object: string): ObjectTable {
  const entry = context.schema.object(object);
  const table = entry === undefined ? undefined : context.tables.get(entry.name);
  return table ?? refuse('INVALID_TYPE', `sObject type '${object}' is not supported.`);
}

/** Where an id points, whether or not there is a row. */
export function addressOf(context: EditContext, id: string, object?: string): RowAddress {
  const wide = widenId(id);
  if (wide === undefined) return refuse('MALFORMED_ID', `malformed id ${id}`, ['Id']);
  const entry = context.schema.objectByPrefix(wide.slice(0, 3));
  const table = entry === undefined ? undefined : context.tables.get(entry.name);
  if (table === undefined || (object !== undefined && table !== tableOf(context, object))) {
    return refuse('MALFORMED_ID', `${object ?? 'record'} ID: id value of incorrect type: ${id}`, ['Id']);
  }
  return {
    table,
    ordinal: table.ordinalOf(wide) ?? refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id'),
  };
}

/** The address of a record that is there and not in the bin. */
export function liveAddress(context: EditContext, draft: Draft, id: string, object?: string): RowAddress {
  const address = addressOf(context, id, object);
  const presence = draft.presence(address.table, address.ordinal);
  if (presence === 'bin') refuse('ENTITY_IS_DELETED', 'entity is deleted');
  if (presence === 'none') refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
  return address;
}

/** Who touched the row last, and when. */
export function stampRow(context: EditContext, row: DraftRow): void {
  const at = restDateTime(context.stamp);
  put(row, 'LastModifiedDate', at);
  put(row, 'LastModifiedById', context.user);
  put(row, 'SystemModstamp', at);
}

/** Sets a value by field name; objects without that field are left alone. */
export function put(row: DraftRow, name: string, value: NonNullable<StoredValues[string]> | null): void {
  const field = row.table.entry.field(name);
  if (field !== undefined) row.patch[field.storage] = value;
}
