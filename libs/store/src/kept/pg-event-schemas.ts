import type { EventSchemas, KeptSchema, MirroredObjectName } from '@umbra/domain';
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
      sql`SELECT body, revision FROM sf_event_schema WHERE schema_id = $1`,
      [schemaId],
    );
    return row;
  }

  async remember(schemaId: string, body: string): Promise<void> {
    await execute(
      this.#pool,
      sql`INSERT INTO sf_event_schema (schema_id, body) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
      [schemaId, body],
    );
  }

  async rememberRevision(schemaId: string, object: MirroredObjectName, revision: number): Promise<void> {
    await execute(
      this.#pool,
      sql`UPDATE sf_event_schema SET object = $2, revision = $3
          WHERE schema_id = $1 AND (object, revision) IS DISTINCT FROM ($2, $3)`,
      [schemaId, object, revision],
    );
  }
}
