import type pg from 'pg';
import { only, query } from './connection-pool.ts';
import { sql } from './sql.ts';
import { inTransaction } from './transaction.ts';

/**
 * Makes the partitions of the raw log before a batch needs them. What has none lands in the default partition all the
 * same: an append never fails for want of a partition, and never waits for one that this process knows.
 */
export class Partitions {
  readonly #pool: pg.Pool;
  readonly #known = new Set<string>();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /**
   * @param days `2026-11-20`
   * @throws UmbraError STORE_*
   */
  async ensure(days: Iterable<string>): Promise<void> {
    for (const day of new Set(days)) {
      if (this.#known.has(day)) continue;
      // Readers of the default partition may hold it up for a moment; then it is tried again.
      const rows = await inTransaction(this.#pool, (connection) =>
        query<{ made: boolean }>(connection, sql`SELECT sf_ensure_partitions($1::date) AS made`, [day]),
      );
      // A day out of range may come into it: it is asked for again.
      if (only(rows).made) this.#known.add(day);
    }
  }
}
