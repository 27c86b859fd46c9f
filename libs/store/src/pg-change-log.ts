import { LANES, type ChangeLog, type LaneTransaction, type MirroredObjectName } from '@umbra/domain';
import type pg from 'pg';
import { execute, only, query, type Connection } from './connection-pool.ts';
import { PgLaneTransaction } from './lane-transaction.ts';
import { closeDays } from './open-days.ts';
import type { RecentEvents } from './recent-events.ts';
import { sql } from './sql.ts';
import { inTransaction } from './transaction.ts';
import { behind, lanePositions } from './unapplied.ts';

/**
 * Stored changes and how far they are applied.
 *
 * A lane has one worker: a lock that is tried, never waited for, so it takes no part in any deadlock. The records
 * themselves are locked by `load`, by the same lane numbers, which keeps out pages and refreshes as well.
 *
 * Transactions of lanes do not wait for the disk. A server that crashes just afterwards loses their rows and their
 * positions together, and the log, which is on the disk, applies them again to the same result.
 */
export class PgChangeLog implements ChangeLog {
  readonly #pool: pg.Pool;
  readonly #recent: RecentEvents;

  constructor(pool: pg.Pool, recent: RecentEvents) {
    this.#pool = pool;
    this.#recent = recent;
  }

  withLanes<T>(lanes: readonly number[], work: (tx: LaneTransaction) => Promise<T>): Promise<T | undefined> {
    if (lanes.some((lane) => !Number.isInteger(lane) || lane < 0 || lane >= LANES))
      throw new RangeError('no such lane');
    return inTransaction(this.#pool, async (connection) => {
      const held = await takeLanes(connection, lanes);
      return held.length === 0
        ? undefined
        : work(new PgLaneTransaction(connection, held, LANES, this.#recent));
    });
  }

  async laggingLanes(): Promise<readonly { readonly lane: number; readonly upTo: bigint }[]> {
    const rows = await query<{ lane: number; up_to: string }>(
      this.#pool,
      sql`SELECT at.lane, max(top.stream_seq) AS up_to FROM (${lanePositions}) AS at
          CROSS JOIN LATERAL (
            SELECT change.stream_seq FROM sf_change AS change WHERE ${behind}
            ORDER BY change.stream_seq DESC, change.ord DESC LIMIT 1
          ) AS top
          GROUP BY at.lane ORDER BY at.lane`,
      [LANES],
    );
    return rows.map(({ lane, up_to: upTo }) => ({ lane, upTo: BigInt(upTo) }));
  }

  async oldestUnapplied(): Promise<ReadonlyMap<MirroredObjectName, string>> {
    const rows = await query<{ object: MirroredObjectName; oldest: Date }>(
      this.#pool,
      sql`SELECT object, oldest FROM (
            SELECT name AS object, sf_oldest_unapplied(name, $1) AS oldest
            FROM (SELECT DISTINCT unnest(objects) AS name FROM sf_stream) AS known
          ) AS objects WHERE oldest IS NOT NULL ORDER BY object`,
      [LANES],
    );
    return new Map(rows.map(({ object, oldest }) => [object, oldest.toISOString()]));
  }

  closeDays(): Promise<number> {
    return closeDays(this.#pool);
  }

  async modifiedAfter(
    object: MirroredObjectName,
    recordId: string,
    version: string,
    instant: string,
  ): Promise<boolean> {
    const rows = await query<{ newer: boolean }>(
      this.#pool,
      sql`SELECT EXISTS (SELECT FROM sf_change
                         WHERE object = $1 AND record_id = $2 AND v <= $3 AND committed_at > $4) AS newer`,
      [object, recordId, version, instant],
    );
    return only(rows).newer;
  }

  alone<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
    return inTransaction(this.#pool, async (connection) => {
      if (!(await takes(connection, 'sf alone', name))) return undefined;
      // The lock is all that this transaction holds, and the work takes its time elsewhere.
      await execute(connection, sql`SET LOCAL idle_in_transaction_session_timeout = '2min'`);
      return work();
    });
  }
}

/** Those of the lanes that were free, ascending; held until the transaction ends, which does not wait for the disk. */
async function takeLanes(connection: Connection, lanes: readonly number[]): Promise<number[]> {
  const rows = await query<{ lane: number }>(
    connection,
    sql`SELECT lane, set_config('synchronous_commit', 'off', true) AS unhurried
        FROM unnest($1::int[]) AS lane
        WHERE pg_try_advisory_xact_lock(hashtext('sf change lane'), hashtext(lane::text))`,
    [lanes],
  );
  return rows.map(({ lane }) => lane).sort((a, b) => a - b);
}

/** Whether the lock was free; held until the transaction ends. */
async function takes(connection: Connection, kind: string, name: string): Promise<boolean> {
  const rows = await query<{ taken: boolean }>(
    connection,
    sql`SELECT pg_try_advisory_xact_lock(hashtext($1), hashtext($2)) AS taken`,
    [kind, name],
  );
  return only(rows).taken;
}
