import { ordinalOf, widenId } from '../../org/ids.ts';
import type { Org } from '../../org/org.ts';
import type { FieldSchema, ObjectSchema } from '../../org/schema.ts';
import type { Snapshot } from '../../org/table-view.ts';
import { ApiError, apiError, notFound } from '../http/api-error.ts';
import { isNumeric } from '../soql/filterable.ts';

/**
 * The row of a record id that the caller may see.
 * @throws ApiError 404 `NOT_FOUND`, or `ENTITY_IS_DELETED` when it lies in the recycle bin
 */
export function findOrdinal(snapshot: Snapshot, object: ObjectSchema, id: string): number {
  if (widenId(id) === undefined) throw noSuchExternalId(id);
  const ordinal = ordinalOf(object.keyPrefix, id);
  const table = snapshot.table(object.name);
  if (ordinal === undefined || !table.has(ordinal, true)) throw notFound();
  if (table.isDeleted(ordinal))
    throw new ApiError(404, [{ message: 'entity is deleted', errorCode: 'ENTITY_IS_DELETED', fields: [] }]);
  return ordinal;
}

export const noSuchExternalId = (name: string): ApiError =>
  apiError(404, 'NOT_FOUND', `Provided external ID field does not exist or is not accessible: ${name}`);

/** A field that records may be addressed by. @throws ApiError 404 `NOT_FOUND` */
export function externalIdField(org: Org, object: ObjectSchema, name: string): FieldSchema {
  const field = object.field(name);
  const isKey = field?.externalId === true || field?.type === 'id';
  if (field === undefined || !isKey || org.schema.isHidden(object.name, field.name))
    throw noSuchExternalId(name);
  return field;
}

/**
 * Ids of the live records whose external id has one of the values (text without regard to case).
 * @returns for each value all ids found, in Id order
 */
export function findByExternalId(
  org: Org,
  object: ObjectSchema,
  field: FieldSchema,
  values: readonly string[],
): Map<string, string[]> {
  const snapshot = org.read();
  try {
    const table = snapshot.table(object.name);
    const id = table.column('Id');
    const rowsWith = (value: string): number[] =>
      table.find(field.name, isNumeric(field) ? Number(value) : value);
    return new Map(values.map((value) => [value, rowsWith(value).map((row) => String(id(row)))]));
  } finally {
    snapshot.release();
  }
}
