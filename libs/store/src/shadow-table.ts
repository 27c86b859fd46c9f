import {
  mirroredObjects,
  type ColumnType,
  type MirroredObject,
  type MirroredObjectName,
} from '@umbra/domain';
import { identifier, type Sql, sql } from './sql.ts';

/** Columns that hold a record's versions, the same in every home. */
export const versionColumns = [
  ['v_base', sql`text`],
  ['schema_rev', sql`integer`],
  ['v_fields', sql`jsonb`],
  ['v_read', sql`text`],
  ['read_at', sql`timestamptz`],
  ['v_alive', sql`text`],
  ['v_gap', sql`text`],
  ['gap_since', sql`timestamptz`],
  ['v_max', sql`text`],
  ['src_modified_at', sql`timestamptz`],
] as const satisfies readonly (readonly [string, Sql])[];

/** A column and the type that its values are sent as. */
export interface TypedColumn {
  readonly name: string;
  readonly quoted: Sql;
  readonly type: Sql;
}

const sqlTypes: Readonly<Record<ColumnType, Sql>> = {
  text: sql`text`,
  id: sql`text`,
  'decimal(12,2)': sql`numeric`,
  boolean: sql`boolean`,
};

/** What the statements need to know of one shadow table, from the object's descriptor. */
export interface ShadowTable {
  readonly object: MirroredObject;
  readonly name: Sql;
  readonly key: Sql;
  /** The user's columns without key, `updated_at` and `raw_payload`. */
  readonly columns: readonly TypedColumn[];
  readonly unique: Sql | undefined;
  readonly parent:
    | { readonly column: Sql; readonly object: MirroredObjectName; readonly table: Sql; readonly key: Sql }
    | undefined;
}

export function typedColumn(name: string, type: Sql): TypedColumn {
  return { name, quoted: identifier(name), type };
}

function describeTable(object: MirroredObject): ShadowTable {
  const parent = object.parent === undefined ? undefined : mirroredObjects[object.parent.object];
  return {
    object,
    name: identifier(object.table),
    key: identifier(object.keyColumn),
    columns: object.columns.map(({ column, type }) => typedColumn(column, sqlTypes[type])),
    unique: object.uniqueColumn === undefined ? undefined : identifier(object.uniqueColumn),
    parent:
      parent === undefined || object.parent === undefined
        ? undefined
        : {
            column: identifier(object.parent.column),
            object: parent.name,
            table: identifier(parent.table),
            key: identifier(parent.keyColumn),
          },
  };
}

export const shadowTables: Readonly<Record<MirroredObjectName, ShadowTable>> = {
  Product2: describeTable(mirroredObjects.Product2),
  PricebookEntry: describeTable(mirroredObjects.PricebookEntry),
  Account: describeTable(mirroredObjects.Account),
};

/** Whether a product is offered: `isActiveProduct` of the domain, said over its stored leaves. */
export function isActive(leaves: Sql): Sql {
  return sql`coalesce(${leaves} -> 'IsActive' = 'true' AND ${leaves} -> 'IsArchived' IS DISTINCT FROM 'true', false)`;
}
