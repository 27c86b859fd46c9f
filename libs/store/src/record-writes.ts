import {
  childOf,
  mirroredObjectNames,
  UmbraError,
  type ColumnValues,
  type MirroredObjectName,
  type PlacedRecord,
  type RecordState,
} from '@umbra/domain';
import { execute, query, type Connection } from './connection-pool.ts';
import { shadowTables, typedColumn, versionColumns, type TypedColumn } from './shadow-table.ts';
import { joined, parameter, type Sql, sql } from './sql.ts';

type MainRecord = Extract<PlacedRecord, { readonly home: { readonly kind: 'main' } }>;
type AsideRecord = Extract<PlacedRecord, { readonly home: { readonly kind: 'aside' } }>;

/** 30 days: longer than change events are kept (72 h), than the longest Bulk job, and than the look-back of a delta. */
const TOMBSTONE_DAYS = 30;

const versions = versionColumns.map(([name, type]) => typedColumn(name, type));

/**
 * Writes merged records into their homes, each object by a handful of statements whatever their number.
 *
 * Children leave before their parents and parents arrive before their children, so the foreign key always holds and
 * its cascade has nothing to delete: a price that the cascade removed would have lost its versions, and an older
 * change could then bring back an outdated one.
 * @throws UmbraError STORE_CONFLICT when a product that is to leave has prices which nobody moved
 */
export async function writeRecords(connection: Connection, records: readonly PlacedRecord[]): Promise<void> {
  const parentsFirst = mirroredObjectNames.filter((name) =>
    records.some(({ state }) => state.object === name),
  );
  for (const object of [...parentsFirst].reverse()) {
    const leaving = records.filter((record) => isAside(record) && record.state.object === object);
    if (leaving.length > 0) await writeAside(connection, object, leaving as AsideRecord[]);
  }
  for (const object of parentsFirst) {
    const arriving = records.filter((record) => !isAside(record) && record.state.object === object);
    if (arriving.length > 0) await writeMain(connection, object, arriving as MainRecord[]);
  }
}

function isAside(record: PlacedRecord): record is AsideRecord {
  return record.home.kind === 'aside';
}

/** A record on its way into a table: one value per column. */
interface Upsert<R> {
  readonly column: TypedColumn;
  readonly value: (record: R) => unknown;
}

const versionValues: readonly ((state: RecordState) => unknown)[] = [
  (state) => state.vBase,
  (state) => state.schemaRev,
  (state) => JSON.stringify(state.vFields),
  (state) => state.vRead,
  (state) => state.readAt,
  (state) => state.vAlive,
  (state) => state.vGap,
  (state) => state.gapSince,
  (state) => state.vMax,
  (state) => state.srcModifiedAt,
];

function versionUpserts(): Upsert<PlacedRecord>[] {
  return versions.map((column, index) => ({
    column,
    value: (record) => versionValues[index]?.(record.state),
  }));
}

const mainUpserts = forEachObject((object): readonly Upsert<MainRecord>[] => [
  { column: typedColumn(shadowTables[object].object.keyColumn, sql`text`), value: (r) => r.state.recordId },
  ...shadowTables[object].columns.map((column) => ({
    column,
    value: (record: MainRecord) => columnValue(record.columns, column.name),
  })),
  { column: typedColumn('raw_payload', sql`jsonb`), value: (r) => JSON.stringify(r.state.leaves) },
  ...versionUpserts(),
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
  ...versionUpserts(),
];

function columnValue(columns: ColumnValues, name: string): string | boolean | null {
  const value = columns[name];
  if (value === undefined) throw new RangeError(`the record has no value for column ${name}`);
  return value;
}

const mainUpsert = forEachObject((object) => {
  const { name, key } = shadowTables[object];
  const columns = mainUpserts[object].map(({ column }) => column);
  return sql`
    INSERT INTO ${name} (${names(columns)}, updated_at)
    SELECT ${casts(columns)}, (SELECT sf_now())
    FROM unnest(${arrays(columns)}) AS incoming (${names(columns)}) ORDER BY ${key}
    ON CONFLICT (${key}) DO UPDATE SET ${assignments(columns)}, updated_at = EXCLUDED.updated_at`;
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

async function writeMain(
  connection: Connection,
  object: MirroredObjectName,
  records: readonly MainRecord[],
): Promise<void> {
  const ids = records.map(({ state }) => state.recordId);
  await execute(connection, sql`DELETE FROM sf_shadow_aside WHERE object = $1 AND record_id = ANY ($2)`, [
    object,
    ids,
  ]);
  await freeUniqueValues(connection, object, records, ids);
  await execute(connection, mainUpsert[object], valuesOf(mainUpserts[object], records));
}

/**
 * A unique value may change hands within one call, in a ring even, so that no order of updates would do. Whoever
 * changes its own value first puts it down: the control character cannot come from Salesforce, and nobody but this
 * transaction sees it.
 */
async function freeUniqueValues(
  connection: Connection,
  object: MirroredObjectName,
  records: readonly MainRecord[],
  ids: readonly string[],
): Promise<void> {
  const { name, key, unique, object: descriptor } = shadowTables[object];
  const column = descriptor.uniqueColumn;
  if (unique === undefined || column === undefined) return;
  const values = records.map((record) => columnValue(record.columns, column));
  await execute(
    connection,
    sql`UPDATE ${name} AS stored SET ${unique} = chr(1) || stored.${key}
        FROM unnest($1::text[], $2::text[]) AS incoming (id, value)
        WHERE stored.${key} = incoming.id AND stored.${unique} <> incoming.value`,
    [ids, values],
  );
}

async function writeAside(
  connection: Connection,
  object: MirroredObjectName,
  records: readonly AsideRecord[],
): Promise<void> {
  const ids = records.map(({ state }) => state.recordId);
  await leaveMain(connection, object, ids);
  await execute(connection, asideUpsert, [...valuesOf(asideUpserts, records), TOMBSTONE_DAYS]);
}

async function leaveMain(
  connection: Connection,
  object: MirroredObjectName,
  ids: readonly string[],
): Promise<void> {
  const { name, key } = shadowTables[object];
  const child = childOf(object)?.name;
  const children = child === undefined ? undefined : shadowTables[child];
  if (children?.parent === undefined) {
    await execute(connection, sql`DELETE FROM ${name} WHERE ${key} = ANY ($1)`, [ids]);
    return;
  }
  // A price that another transaction is just adding holds its product's row. Waiting for it here, in a statement of
  // its own, is what lets the next statement see that price.
  const present = await query(
    connection,
    sql`SELECT 1 FROM ${name} WHERE ${key} = ANY ($1) ORDER BY ${key} FOR UPDATE`,
    [ids],
  );
  const left = await execute(
    connection,
    sql`DELETE FROM ${name} AS parent WHERE ${key} = ANY ($1)
        AND NOT EXISTS (SELECT FROM ${children.name} AS child WHERE child.${children.parent.column} = parent.${key})`,
    [ids],
  );
  if (left !== present.length) {
    throw new UmbraError('STORE_CONFLICT', 'a record that is to leave its table has children there', {
      details: { object },
    });
  }
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
