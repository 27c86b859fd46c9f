import type { EventSchemas, KeptSchema } from '@umbra/domain';
import type pg from 'pg';
import { execute, query } from '../connection-pool.ts';
import { sql } from '../sql.ts';

export class PgEventSchemas implements EventSchemas {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async find(schemaId: string): Promise<KeptSchema | undefined> {
    const [row] = await query<KeptSchema>(
      this.#pool,
      sql`SELECT body, object, revision FROM sf_event_schema WHERE schema_id = $1`,
      [schemaId],
    );
    return row;
  }

  async remember(schemaId: string, { body, object, revision }: KeptSchema): Promise<void> {
    await execute(
      this.#pool,
      sql`INSERT INTO sf_event_schema AS known (schema_id, body, object, revision) VALUES ($1, $2, $3, $4)
          ON CONFLICT (schema_id) DO UPDATE SET object = EXCLUDED.object, revision = EXCLUDED.revision
          WHERE EXCLUDED.revision IS NOT NULL AND known.revision IS DISTINCT FROM EXCLUDED.revision`,
      [schemaId, body, object, revision],
    );
  }
}
