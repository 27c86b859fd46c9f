import {
  childOf,
  type Landing,
  type MirroredObjectName,
  type StagedRow,
  type StageFacts,
} from '@umbra/domain';
import { execute, query, type Connection } from './connection-pool.ts';
import { lockAllRecords, lockAllSkus } from './locks.ts';
import { removeOutdated } from './outdated-rows.ts';
import { shadowTables, type ShadowTable } from './shadow-table.ts';
import { joined, sql, type Sql } from './sql.ts';
import { stagedRow, stageTable, type StageRow } from './staging.ts';

/**
 * Promise: a staged row gets into its shadow table here only if the merge would have put exactly these values there;
 * every other row is handed back untouched.
 *
 * A full read merged into nothing, or into a record whose every version is below the stamp, replaces all of it: the
 * read's stamp becomes each version, the leaves are the read's. That needs no merge, and one statement does it for a
 * page. Handed back are rows that were deleted or do not fit, records that wait aside, records with anything at or
 * above the stamp, records of another schema revision or with versions of leaves outside it, contested SKUs, and rows
 * whose parent is not in its table.
 *
 * Before that, rows that are older than the stamp claims are taken out: they count neither as landed nor as left.
 *
 * All lanes of the object and of its children (and for products all SKUs) are held from the decision to the end of the transaction, so
 * what was true when a row was judged is still true when it is visible.
 */
export async function landStagedRows(
  connection: Connection,
  facts: StageFacts,
  received: number,
): Promise<Landing> {
  const table = shadowTables[facts.object];
  const child = childOf(facts.object);
  await lockAllRecords(connection, facts.object);
  // Rows that are left to the merge may move them; taken later they could cross with a batch of prices.
  if (child !== undefined) await lockAllRecords(connection, child.name);
  if (table.unique !== undefined) await lockAllSkus(connection);
  if (table.parent !== undefined) await lockParents(connection, table.parent);
  const outdated = await removeOutdated(connection, facts);
  const staged = received - outdated.recordIds.length;
  const landed = await execute(connection, landStatements[facts.object], [
    facts.stamp,
    facts.schemaRev,
    facts.readAt,
    facts.leaves,
    facts.object,
  ]);
  if (landed === staged) return { landed, left: leftRows(connection, facts.object, 0), outdated };
  const left = await markLeft(connection, facts);
  return { landed: staged - left, left: leftRows(connection, facts.object, left), outdated };
}

/** Whatever does not stand in its table as this very read says. A page that landed before leaves nothing. */
async function markLeft(connection: Connection, facts: StageFacts): Promise<number> {
  const { name, key } = shadowTables[facts.object];
  await execute(connection, sql`DROP TABLE IF EXISTS ${leftTable}`);
  await execute(connection, sql`CREATE TEMPORARY TABLE sf_left (record_id text COLLATE "C") ON COMMIT DROP`);
  return execute(
    connection,
    sql`INSERT INTO ${leftTable} SELECT record_id FROM ${stageTable} AS staged
        WHERE (SELECT v_max = $1 AND v_base = $1 AND v_read = $1 AND v_alive = $1
               FROM ${name} AS stored WHERE stored.${key} = staged.record_id) IS NOT TRUE`,
    [facts.stamp],
  );
}

/** The rows marked as left, in key order. Other statements of the transaction may run between two batches. */
async function* leftRows(
  connection: Connection,
  object: MirroredObjectName,
  count: number,
): AsyncGenerator<readonly StagedRow[]> {
  if (count === 0) return;
  const columns = joined(shadowTables[object].columns.map(({ quoted }) => quoted));
  await execute(
    connection,
    sql`DECLARE sf_left_rows NO SCROLL CURSOR FOR
        SELECT record_id, alive, fits, payload::text AS payload, src_modified_at, ${columns}
        FROM ${stageTable} JOIN ${leftTable} USING (record_id) ORDER BY record_id`,
  );
  try {
    for (;;) {
      const rows = await query<StageRow>(connection, sql`FETCH 500 FROM sf_left_rows`);
      if (rows.length === 0) return;
      yield rows.map((row) => stagedRow(object, row));
    }
  } finally {
    await execute(connection, sql`CLOSE sf_left_rows`);
  }
}

/** Parents that are in their table now must stay there, or the foreign key would fail the whole page. */
async function lockParents(
  connection: Connection,
  parent: NonNullable<ShadowTable['parent']>,
): Promise<void> {
  await execute(
    connection,
    sql`SELECT FROM ${parent.table}
        WHERE ${parent.key} IN (SELECT DISTINCT ${parent.column} FROM ${stageTable})
        ORDER BY ${parent.key} FOR KEY SHARE`,
  );
}

function landStatement(object: MirroredObjectName): Sql {
  const table = shadowTables[object];
  const columns = joined(table.columns.map(({ quoted }) => quoted));
  const staged = joined(table.columns.map(({ quoted }) => sql`staged.${quoted}`));
  const unique = table.unique;
  // The unique value is the same, and naming it would lock the row as if it changed.
  const changing = table.columns.filter(({ quoted }) => quoted !== unique);
  const assignments = joined(changing.map(({ quoted }) => sql`${quoted} = EXCLUDED.${quoted}`));
  const sameUnique = unique === undefined ? sql`` : sql`AND stored.${unique} = EXCLUDED.${unique}`;
  return sql`
    INSERT INTO ${table.name} AS stored (${table.key}, ${columns}, updated_at, raw_payload,
      v_base, schema_rev, v_read, read_at, v_alive, v_max, src_modified_at)
    SELECT staged.record_id, ${staged}, (SELECT sf_now()), staged.payload,
      $1, $2::int, $1, $3::timestamptz, $1, $1, staged.src_modified_at
    FROM ${stageTable} AS staged
    WHERE staged.alive AND staged.fits
      AND NOT EXISTS (SELECT FROM sf_shadow_aside AS aside
                      WHERE aside.object = $5 AND aside.record_id = staged.record_id)
      ${unique === undefined ? sql`` : uncontested(table, unique)}
      ${table.parent === undefined ? sql`` : parentPresent(table.parent)}
    ON CONFLICT (${table.key}) DO UPDATE SET ${assignments}, updated_at = EXCLUDED.updated_at,
      raw_payload = EXCLUDED.raw_payload, v_base = EXCLUDED.v_base, schema_rev = EXCLUDED.schema_rev,
      v_fields = EXCLUDED.v_fields, v_read = EXCLUDED.v_read, read_at = EXCLUDED.read_at,
      v_alive = EXCLUDED.v_alive, gap_since = EXCLUDED.gap_since, v_max = EXCLUDED.v_max,
      src_modified_at = greatest(stored.src_modified_at, EXCLUDED.src_modified_at)
    WHERE stored.v_max < EXCLUDED.v_max AND stored.schema_rev = EXCLUDED.schema_rev
      AND stored.v_fields - $4::text[] = '{}' ${sameUnique}`;
}

/**
 * Nobody else claims the value: not in this page, not in the table, not among the records that wait for it.
 * Table and parents are asked row by row, through an index: a subquery in parentheses is never turned into a join, and
 * a join would read the whole table for every page.
 */
function uncontested({ name, key }: ShadowTable, unique: Sql): Sql {
  return sql`
      AND NOT EXISTS (SELECT FROM (SELECT ${unique} AS value FROM ${stageTable} WHERE fits
                                   GROUP BY ${unique} HAVING count(*) > 1) AS twice
                      WHERE twice.value = staged.${unique})
      AND NOT EXISTS (SELECT FROM sf_shadow_aside AS claimant
                      WHERE claimant.alive AND claimant.unique_key = staged.${unique})
      AND coalesce((SELECT holder.${key} FROM ${name} AS holder WHERE holder.${unique} = staged.${unique}),
                   staged.record_id) = staged.record_id`;
}

function parentPresent(parent: NonNullable<ShadowTable['parent']>): Sql {
  return sql`
      AND (SELECT true FROM ${parent.table} AS parent WHERE parent.${parent.key} = staged.${parent.column})`;
}

const leftTable = sql`pg_temp.sf_left`;

const landStatements: Readonly<Record<MirroredObjectName, Sql>> = {
  Product2: landStatement('Product2'),
  PricebookEntry: landStatement('PricebookEntry'),
  Account: landStatement('Account'),
};
