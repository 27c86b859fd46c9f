import type { ColumnValues, MirroredObjectName, PlacedRecord, RecordState } from '@umbra/domain';
import { execute, type Connection } from './connection-pool.ts';
import { shadowTables, typedColumn, versionColumns, type TypedColumn } from './shadow-table.ts';
import { joined, parameter, sql, type Sql } from './sql.ts';

/**
 * The statements that put many records into one home at once: an array per column, and whoever is there already is
 * replaced. What was there has been merged before; nothing is decided here.
 */

export type MainRecord = Extract<PlacedRecord, { readonly home: { readonly kind: 'main' } }>;
export type AsideRecord = Extract<PlacedRecord, { readonly home: { readonly kind: 'aside' } }>;

/** 30 days: longer than change events are kept (72 h), than the longest Bulk job, and than the look-back of a delta. */
const TOMBSTONE_DAYS = 30;

/** A record on its way into a table: one value per column. */
interface Upsert<R> {
  readonly column: TypedColumn;
  readonly value: (record: R) => unknown;
}

const versionValues: Readonly<
  Record<(typeof versionColumns)[number][0], (state: RecordState) => string | number | null>
> = {
  v_base: (state) => state.vBase,
  schema_rev: (state) => state.schemaRev,
  v_fields: (state) => JSON.stringify(state.vFields),
  v_read: (state) => state.vRead,
  read_at: (state) => state.readAt,
  v_alive: (state) => state.vAlive,
  v_gap: (state) => state.vGap,
  gap_since: (state) => state.gapSince,
  v_max: (state) => state.vMax,
  src_modified_at: (state) => state.srcModifiedAt,
};

const versionUpserts: readonly Upsert<PlacedRecord>[] = versionColumns.map(([name, type]) => ({
  column: typedColumn(name, type),
  value: ({ state }) => versionValues[name](state),
}));

const mainUpserts = forEachObject((object): readonly Upsert<MainRecord>[] => [
  { column: typedColumn(shadowTables[object].object.keyColumn, sql`text`), value: (r) => r.state.recordId },
  ...shadowTables[object].columns.map((column) => ({
    column,
    value: (record: MainRecord) => columnValue(record.columns, column.name),
  })),
  { column: typedColumn('raw_payload', sql`jsonb`), value: (r) => JSON.stringify(r.state.leaves) },
  ...versionUpserts,
]);

const asideUpserts: readonly Upsert<AsideRecord>[] = [
  { column: typedColumn('object', sql`text`), value: ({ state }) => state.object },
  { column: typedColumn('record_id', sql`text`), value: ({ state }) => state.recordId },
  { column: typedColumn('alive', sql`boolean`), value: ({ state }) => state.alive },
  { column: typedColumn('reason', sql`text`), value: ({ home }) => home.reason },
  { column: typedColumn('parent_key', sql`text`), value: ({ parentKey }) => parentKey },
  { column: typedColumn('unique_key', sql`text`), value: ({ uniqueKey }) => uniqueKey },
  { column: typedColumn('master_id', sql`text`), value: ({ state }) => state.masterId },
  { column: typedColumn('doc', sql`jsonb`), value: ({ state }) => JSON.stringify(state.leaves) },
  ...versionUpserts,
];

/** @throws RangeError when the record was not projected to this column */
export function columnValue(columns: ColumnValues, name: string): string | boolean | null {
  const value = columns[name];
  if (value === undefined) throw new RangeError(`the record has no value for column ${name}`);
  return value;
}

/**
 * Key and unique value of a row that is there stay as they are. Naming them would make PostgreSQL lock the row as if
 * they changed, and keep out every price that only needs its product to stay.
 */
const mainUpsert = forEachObject((object) => {
  const { name, key, unique } = shadowTables[object];
  const columns = mainUpserts[object].map(({ column }) => column);
  const changing = columns.filter(({ quoted }) => quoted !== key && quoted !== unique);
  return sql`
    INSERT INTO ${name} (${names(columns)}, updated_at)
    SELECT ${casts(columns)}, (SELECT sf_now())
    FROM unnest(${arrays(columns)}) AS incoming (${names(columns)}) ORDER BY ${key}
    ON CONFLICT (${key}) DO UPDATE SET ${assignments(changing)}, updated_at = EXCLUDED.updated_at`;
});

const asideUpsert = ((): Sql => {
  const columns = asideUpserts.map(({ column }) => column);
  const days = parameter(columns.length + 1);
  return sql`
    INSERT INTO sf_shadow_aside AS stored (${names(columns)}, since, purge_after)
    SELECT ${casts(columns)}, (SELECT sf_now()),
           CASE WHEN NOT alive THEN (SELECT sf_now()) + make_interval(days => ${days}::int) END
    FROM unnest(${arrays(columns)}) AS incoming (${names(columns)})
    ORDER BY record_id
    ON CONFLICT (object, record_id) DO UPDATE SET ${assignments(columns)},
      since = CASE WHEN stored.reason = EXCLUDED.reason THEN stored.since ELSE EXCLUDED.since END,
      purge_after = CASE WHEN stored.alive THEN EXCLUDED.purge_after
                         WHEN NOT EXCLUDED.alive THEN stored.purge_after END`;
})();

/** Puts records into their shadow table, whether they are there already or not; a row that is keeps its unique value. */
export async function upsertMain(
  connection: Connection,
  object: MirroredObjectName,
  records: readonly MainRecord[],
): Promise<void> {
  await execute(connection, mainUpsert[object], valuesOf(mainUpserts[object], records));
}

/** Puts records aside; one that waits there already for the same reason goes on waiting since then. */
export async function upsertAside(connection: Connection, records: readonly AsideRecord[]): Promise<void> {
  await execute(connection, asideUpsert, [...valuesOf(asideUpserts, records), TOMBSTONE_DAYS]);
}

/** One array per column, in the order of the columns. */
function valuesOf<R>(upserts: readonly Upsert<R>[], records: readonly R[]): unknown[] {
  return upserts.map(({ value }) => records.map(value));
}

function names(columns: readonly TypedColumn[]): Sql {
  return joined(columns.map(({ quoted }) => quoted));
}

/** jsonb travels as text: an array of it would be escaped twice. */
function arrays(columns: readonly TypedColumn[]): Sql {
  return joined(
    columns.map(({ type }, index) => sql`${parameter(index + 1)}::${type === 'jsonb' ? sql`text` : type}[]`),
  );
}

function casts(columns: readonly TypedColumn[]): Sql {
  return joined(columns.map(({ quoted, type }) => (type === 'jsonb' ? sql`${quoted}::jsonb` : quoted)));
}

function assignments(columns: readonly TypedColumn[]): Sql {
  return joined(columns.map(({ quoted }) => sql`${quoted} = EXCLUDED.${quoted}`));
}

function forEachObject<T>(make: (object: MirroredObjectName) => T): Readonly<Record<MirroredObjectName, T>> {
  return { Product2: make('Product2'), PricebookEntry: make('PricebookEntry'), Account: make('Account') };
}
