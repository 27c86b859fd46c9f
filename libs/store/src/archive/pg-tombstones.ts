import { mirroredObjectNames, type Tombstones } from '@umbra/domain';
import type pg from 'pg';
import { execute, only, query } from '../connection-pool.ts';
import { lockAllRecords } from '../locks.ts';
import { sql } from '../sql.ts';
import { inTransaction } from '../transaction.ts';

/** Tombstones whose 30 days are over. */
export class PgTombstones implements Tombstones {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async purge(limit: number, dryRun = false): Promise<number> {
    if (dryRun) {
      const rows = await query<{ count: string }>(
        this.#pool,
        sql`SELECT count(*) AS count FROM sf_shadow_aside WHERE reason = 'deleted' AND purge_after < sf_now()`,
      );
      return Number(only(rows).count);
    }
    return inTransaction(this.#pool, async (connection) => {
      // Who loads records holds their lanes: it sees the tombstone, or the floor that speaks for it.
      for (const object of mirroredObjectNames) await lockAllRecords(connection, object);
      await execute(
        connection,
        sql`INSERT INTO sf_object_state AS known (object, tombstone_floor)
            SELECT object, max(v_max) FROM (
              SELECT object, v_max FROM sf_shadow_aside WHERE reason = 'deleted' AND purge_after < sf_now()
              ORDER BY purge_after, object, record_id LIMIT $1 FOR UPDATE
            ) AS going GROUP BY object ORDER BY object
            ON CONFLICT (object) DO UPDATE
              SET tombstone_floor = greatest(known.tombstone_floor, EXCLUDED.tombstone_floor)`,
        [limit],
      );
      return execute(
        connection,
        sql`DELETE FROM sf_shadow_aside AS tombstone USING (
              SELECT object, record_id FROM sf_shadow_aside WHERE reason = 'deleted' AND purge_after < sf_now()
              ORDER BY purge_after, object, record_id LIMIT $1
            ) AS going
            WHERE tombstone.object = going.object AND tombstone.record_id = going.record_id
              AND tombstone.reason = 'deleted'
              AND tombstone.v_max <= (SELECT tombstone_floor FROM sf_object_state AS known
                                      WHERE known.object = tombstone.object)`,
        [limit],
      );
    });
  }
}
