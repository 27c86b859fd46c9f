import {
  childOf,
  mirroredObjectNames,
  UmbraError,
  type MirroredObjectName,
  type PlacedRecord,
} from '@umbra/domain';
import { execute, query, type Connection } from './connection-pool.ts';
import { columnValue, upsertAside, upsertMain, type AsideRecord, type MainRecord } from './record-upserts.ts';
import { shadowTables } from './shadow-table.ts';
import { sql, type Sql } from './sql.ts';

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
  const { name, key, unique, object: descriptor } = shadowTables[object];
  const column = descriptor.uniqueColumn;
  if (unique === undefined || column === undefined) return upsertMain(connection, object, records);
  const values = records.map((record) => columnValue(record.columns, column));
  const freed = await execute(connection, freeingUnique(name, key, unique), [ids, values]);
  await upsertMain(connection, object, records);
  if (freed > 0) await execute(connection, takingUnique(name, key, unique), [ids, values]);
}

/**
 * A unique value may change hands within one call, in a ring even, so that no order of updates would do. Whoever
 * changes its own value first puts it down: the control character cannot come from Salesforce, and nobody but this
 * transaction sees it.
 */
function freeingUnique(name: Sql, key: Sql, unique: Sql): Sql {
  return sql`UPDATE ${name} AS stored SET ${unique} = chr(1) || stored.${key}
      FROM unnest($1::text[], $2::text[]) AS incoming (id, value)
      WHERE stored.${key} = incoming.id AND stored.${unique} <> incoming.value`;
}

function takingUnique(name: Sql, key: Sql, unique: Sql): Sql {
  return sql`UPDATE ${name} AS stored SET ${unique} = incoming.value
      FROM unnest($1::text[], $2::text[]) AS incoming (id, value)
      WHERE stored.${key} = incoming.id AND stored.${unique} = chr(1) || stored.${key}`;
}

async function writeAside(
  connection: Connection,
  object: MirroredObjectName,
  records: readonly AsideRecord[],
): Promise<void> {
  const ids = records.map(({ state }) => state.recordId);
  await leaveMain(connection, object, ids);
  await upsertAside(connection, records);
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
