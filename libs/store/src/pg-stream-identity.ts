import type { StreamIdentity } from '@umbra/domain';
import type pg from 'pg';
import { execute, query } from './connection-pool.ts';
import { sql } from './sql.ts';

/** Kept with the position that it is about, so that the two cannot be restored apart. */
export class PgStreamIdentity implements StreamIdentity {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async known(topic: string): Promise<string | undefined> {
    const [row] = await query<{ identity: string | null }>(
      this.#pool,
      sql`SELECT identity FROM sf_stream WHERE topic = $1`,
      [topic],
    );
    return row?.identity ?? undefined;
  }

  async remember(topic: string, identity: string): Promise<void> {
    await execute(
      this.#pool,
      sql`INSERT INTO sf_stream (topic, objects, identity) VALUES ($1, '{}', $2)
          ON CONFLICT (topic) DO UPDATE SET identity = EXCLUDED.identity`,
      [topic, identity],
    );
  }
}
