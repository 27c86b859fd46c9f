import type { DurablePosition, MirroredObjectName } from '@umbra/domain';
import type pg from 'pg';
import { execute, only, query } from './connection-pool.ts';
import { sql } from './sql.ts';
import { inTransaction } from './transaction.ts';

/** How long samples are of use, in milliseconds: well above any staleness that a read is stamped for. */
const KEPT_MS = 3_600_000;

/**
 * Remembers where every stream stands. Time between two samples is the shorter of what the database's clock and the
 * sampler's monotonic clock say: if one of them steps, positions only seem younger than they are, and a read is
 * stamped lower than it could be. Looking older would let a read claim commits that it has not seen.
 */
export function takeSample(pool: pg.Pool, elapsedMs: number | undefined): Promise<void> {
  return inTransaction(pool, async (connection) => {
    await execute(connection, sql`SELECT pg_advisory_xact_lock(hashtext('sf stream sample'), 0)`);
    const rows = await query<{ taken_ms: string }>(
      connection,
      sql`WITH newest AS (
            SELECT taken_ms, 1000 * extract(epoch FROM sf_now() - sampled_at) AS by_database
            FROM sf_stream_sample ORDER BY taken_ms DESC, sampled_at DESC LIMIT 1
          )
          SELECT coalesce((SELECT taken_ms + floor(greatest(0, least(by_database, $1::float8)))::bigint FROM newest), 0)
            AS taken_ms`,
      [elapsedMs ?? null],
    );
    const takenMs = only(rows).taken_ms;
    await execute(
      connection,
      sql`INSERT INTO sf_stream_sample AS sample (stream_id, taken_ms, sampled_at, epoch, commit_number, commit_timestamp)
          SELECT stream_id, $1, sf_now(), epoch, commit_number, commit_timestamp FROM sf_stream
          ON CONFLICT (stream_id, taken_ms) DO UPDATE
            SET sampled_at = EXCLUDED.sampled_at, commit_number = EXCLUDED.commit_number,
                commit_timestamp = EXCLUDED.commit_timestamp
            WHERE sample.epoch = EXCLUDED.epoch`,
      [takenMs],
    );
    await execute(connection, sql`DELETE FROM sf_stream_sample WHERE taken_ms < $1::bigint - $2`, [
      takenMs,
      KEPT_MS,
    ]);
  });
}

/**
 * The highest position of the newest epoch that a sample old enough is in. While none of a new epoch is, the old one
 * still answers: a read stamped in the new epoch claims to have seen everything of the old one, and events of that may
 * have been received a moment ago. Without any sample that is old enough nothing is claimed at all.
 */
export async function readDurablePosition(
  pool: pg.Pool,
  object: MirroredObjectName,
  seconds: number,
): Promise<DurablePosition> {
  const rows = await query<{ epoch: number; commit_number: string | null; commit_timestamp: Date | null }>(
    pool,
    sql`WITH sample AS (
          SELECT epoch, commit_number, commit_timestamp,
                 taken_ms <= (SELECT max(taken_ms) FROM sf_stream_sample) - 1000 * $2::float8 AS durable
          FROM sf_stream_sample JOIN (SELECT stream_id, objects FROM sf_stream) AS stream USING (stream_id)
          WHERE $1 = ANY (objects)
        ), newest AS (
          SELECT epoch, commit_number, commit_timestamp FROM sample WHERE durable
          ORDER BY epoch DESC, commit_number DESC NULLS LAST LIMIT 1
        )
        SELECT epoch, commit_number, commit_timestamp FROM newest
        UNION ALL
        SELECT coalesce((SELECT min(epoch) FROM sample),
                        (SELECT epoch FROM sf_object_state WHERE object = $1), 0), NULL, NULL
        WHERE NOT EXISTS (SELECT FROM newest)`,
    [object, seconds],
  );
  const { epoch, commit_number: commitNumber, commit_timestamp: commitTimestamp } = only(rows);
  return {
    epoch,
    commitNumber: commitNumber === null ? null : BigInt(commitNumber),
    commitTimestamp: commitTimestamp?.toISOString() ?? null,
  };
}
