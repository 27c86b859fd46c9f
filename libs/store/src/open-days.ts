import { LANES } from '@umbra/domain';
import type pg from 'pg';
import { execute, query } from './connection-pool.ts';
import { sql } from './sql.ts';
import { inTransaction } from './transaction.ts';
import { behind, lanePositions } from './unapplied.ts';

/**
 * Closes days of the log in which nothing waits any more, but for the newest of each stream, which the next event would
 * open again. Done under the lock that whoever stores changes of the stream holds: a day is opened with the changes that
 * it is opened for, so none of them can come between the look and the closing.
 * @returns number of days, counted once per stream
 * @throws UmbraError STORE_*
 */
export async function closeDays(pool: pg.Pool): Promise<number> {
  const streams = await query<{ stream_id: number }>(
    pool,
    sql`SELECT stream_id FROM sf_open_day GROUP BY stream_id HAVING count(*) > 1 ORDER BY stream_id`,
  );
  let closed = 0;
  for (const { stream_id: streamId } of streams) {
    closed += await inTransaction(pool, async (connection) => {
      await query(connection, sql`SELECT FROM sf_stream WHERE stream_id = $1 FOR NO KEY UPDATE`, [streamId]);
      return execute(
        connection,
        sql`DELETE FROM sf_open_day AS day
            WHERE stream_id = $2 AND event_day < (SELECT max(event_day) FROM sf_open_day WHERE stream_id = $2)
              AND NOT EXISTS (
                SELECT FROM (${lanePositions}) AS at
                CROSS JOIN LATERAL (SELECT FROM sf_change AS change
                                    WHERE ${behind} AND change.event_day = day.event_day LIMIT 1) AS waiting
                WHERE at.stream_id = day.stream_id)`,
        [LANES, streamId],
      );
    });
  }
  return closed;
}
