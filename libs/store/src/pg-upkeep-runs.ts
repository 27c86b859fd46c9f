import { createHash, randomUUID } from 'node:crypto';
import {
  UmbraError,
  type JsonValue,
  type UpkeepKind,
  type UpkeepReport,
  type UpkeepRun,
  type UpkeepRuns,
} from '@umbra/domain';
import type pg from 'pg';
import { execute, query } from './connection-pool.ts';
import { sql } from './sql.ts';
import { inTransaction } from './transaction.ts';

/** Nightly work and its reports. A run is worked on by whoever holds its lease, by the database's clock. */
export class PgUpkeepRuns implements UpkeepRuns {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  take(
    kind: UpkeepKind,
    subject: string,
    { owner, seconds, withinSeconds }: Parameters<UpkeepRuns['take']>[2],
  ): Promise<UpkeepRun | undefined> {
    return inTransaction(this.#pool, async (connection) => {
      // What was left lying for too long is given up: its window is behind everything that came since.
      await execute(
        connection,
        sql`UPDATE sf_upkeep_run SET finished_at = sf_now(), lease_owner = NULL
            WHERE kind = $1 AND subject = $2 AND finished_at IS NULL
              AND started_at < sf_now() - make_interval(secs => $3)
              AND (lease_owner IS NULL OR lease_until < sf_now())`,
        [kind, subject, withinSeconds],
      );
      const rows = await query<{ id: string; started_at: Date; progress: JsonValue }>(
        connection,
        sql`INSERT INTO sf_upkeep_run AS run (id, kind, subject, lease_owner, lease_until)
            VALUES ($1, $2, $3, $4, sf_now() + make_interval(secs => $5))
            ON CONFLICT (kind, subject) WHERE finished_at IS NULL DO UPDATE
              SET lease_owner = EXCLUDED.lease_owner, lease_until = EXCLUDED.lease_until
              WHERE run.lease_owner IS NULL OR run.lease_owner = EXCLUDED.lease_owner
                 OR run.lease_until < sf_now()
            RETURNING id, started_at, progress`,
        [randomUUID(), kind, subject, owner, seconds],
      );
      const [row] = rows;
      return row === undefined
        ? undefined
        : { id: row.id, startedAt: row.started_at, progress: row.progress };
    });
  }

  async renew(id: string, owner: string, seconds: number): Promise<boolean> {
    const renewed = await execute(
      this.#pool,
      sql`UPDATE sf_upkeep_run SET lease_until = sf_now() + make_interval(secs => $3)
          WHERE id = $1 AND lease_owner = $2 AND finished_at IS NULL`,
      [id, owner, seconds],
    );
    return renewed > 0;
  }

  async release(id: string, owner: string): Promise<void> {
    await execute(
      this.#pool,
      sql`UPDATE sf_upkeep_run SET lease_owner = NULL, lease_until = NULL WHERE id = $1 AND lease_owner = $2`,
      [id, owner],
    );
  }

  async save(id: string, owner: string, progress: JsonValue): Promise<void> {
    const saved = await execute(
      this.#pool,
      sql`UPDATE sf_upkeep_run SET progress = $3 WHERE id = $1 AND lease_owner = $2 AND finished_at IS NULL`,
      [id, owner, JSON.stringify(progress)],
    );
    if (saved === 0) throw lost(id);
  }

  async finish(id: string, owner: string, report: JsonValue): Promise<string> {
    const hash = createHash('sha256').update(canonicalText(report)).digest('hex');
    const finished = await execute(
      this.#pool,
      sql`UPDATE sf_upkeep_run SET finished_at = sf_now(), lease_owner = NULL, lease_until = NULL,
                 progress = NULL, report = $3, hash = $4
          WHERE id = $1 AND lease_owner = $2 AND finished_at IS NULL`,
      [id, owner, JSON.stringify(report), hash],
    );
    if (finished === 0) throw lost(id);
    return hash;
  }

  async latest(): Promise<readonly UpkeepReport[]> {
    const rows = await query<{
      id: string;
      kind: UpkeepKind;
      subject: string;
      started_at: Date;
      finished_at: Date;
      report: JsonValue;
      hash: string;
    }>(
      this.#pool,
      sql`SELECT DISTINCT ON (kind, subject) id, kind, subject, started_at, finished_at, report, hash
          FROM sf_upkeep_run WHERE finished_at IS NOT NULL AND report IS NOT NULL
          ORDER BY kind, subject, finished_at DESC, id`,
    );
    return rows.map(({ started_at: startedAt, finished_at: finishedAt, ...row }) => {
      return { ...row, startedAt, finishedAt };
    });
  }
}

/** The same text for the same report, whatever order its keys were written in. */
function canonicalText(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map((one: JsonValue) => canonicalText(one)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value as Record<string, JsonValue>).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonicalText(one)}`).join(',')}}`;
}

function lost(id: string): UmbraError {
  return new UmbraError('SYNC_BUSY', 'another process has taken this work over', { details: { run: id } });
}
