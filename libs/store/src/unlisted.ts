import { pipeline } from 'node:stream/promises';
import type { MirroredObjectName, Unlisted, Version } from '@umbra/domain';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { execute, LONGEST_PATIENCE_MS, only, query } from './connection-pool.ts';
import { shadowTables } from './shadow-table.ts';
import { sql } from './sql.ts';
import { translateStoreError } from './translate-error.ts';

/**
 * What a list of ids lacks, by one comparison in the server: the list goes by COPY into a table of the transaction, and
 * no process ever holds it. Takes no lock that anybody waits for.
 */
export async function readUnlisted(
  connection: pg.PoolClient,
  object: MirroredObjectName,
  ids: AsyncIterable<readonly string[]>,
  { most, stamp, youngSince }: { readonly stamp: Version; readonly youngSince: Date; readonly most: number },
): Promise<Unlisted> {
  await execute(
    connection,
    sql`CREATE TEMPORARY TABLE sf_listed (record_id text COLLATE "C" NOT NULL) ON COMMIT DROP`,
  );
  await execute(connection, sql`SET LOCAL statement_timeout = 0`);
  await copyIds(connection, ids);
  await execute(connection, sql`ANALYZE pg_temp.sf_listed`, [], LONGEST_PATIENCE_MS);
  const { name, key } = shadowTables[object];
  await execute(
    connection,
    sql`CREATE TEMPORARY TABLE sf_unlisted ON COMMIT DROP AS
        SELECT record_id FROM (
          SELECT ${key} AS record_id, v_alive FROM ${name}
          UNION ALL
          SELECT record_id, v_alive FROM sf_shadow_aside WHERE object = $1 AND alive
        ) AS living
        WHERE v_alive < $2
          AND NOT EXISTS (SELECT FROM pg_temp.sf_listed AS listed WHERE listed.record_id = living.record_id)`,
    [object, stamp],
    LONGEST_PATIENCE_MS,
  );
  const counted = await query<{ count: string }>(
    connection,
    sql`SELECT count(*) AS count FROM pg_temp.sf_unlisted`,
  );
  const rows = await query<{ record_id: string; young: boolean }>(
    connection,
    sql`SELECT record_id, EXISTS (SELECT FROM sf_change AS change
                                  WHERE change.object = $1 AND change.record_id = missing.record_id
                                    AND change.v <= $2 AND change.committed_at > $3) AS young
        FROM pg_temp.sf_unlisted AS missing ORDER BY record_id LIMIT $4`,
    [object, stamp, youngSince, most],
    LONGEST_PATIENCE_MS,
  );
  return {
    count: Number(only(counted).count),
    records: rows.map(({ record_id: recordId, young }) => ({ recordId, young })),
  };
}

/** @throws UmbraError STORE_*; what `ids` throws goes through as it is */
async function copyIds(connection: pg.PoolClient, ids: AsyncIterable<readonly string[]>): Promise<void> {
  let failure: unknown;
  const lines = async function* (): AsyncGenerator<Buffer> {
    try {
      // Ids are letters and digits: nothing in them needs care.
      for await (const batch of ids) if (batch.length > 0) yield Buffer.from(`${batch.join('\n')}\n`);
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  const target = sql`COPY pg_temp.sf_listed (record_id) FROM STDIN`;
  const stream = connection.query(Object.assign(copyFrom(target), { query_timeout: LONGEST_PATIENCE_MS }));
  try {
    await pipeline(lines(), stream);
  } catch (error) {
    throw failure === undefined ? translateStoreError(error) : error;
  }
}
