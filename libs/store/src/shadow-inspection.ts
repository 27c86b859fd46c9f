import type { AsideReason, MirroredObjectName } from '@umbra/domain';
import type pg from 'pg';
import { query } from './connection-pool.ts';
import { OldestRows, type OldestRow } from './oldest-rows.ts';
import { sql } from './sql.ts';

/** A record that waits aside, as shown to people: what it is and what it waits for, nothing of its content. */
export interface ParkedRecord {
  readonly object: MirroredObjectName;
  readonly recordId: string;
  readonly reason: AsideReason;
  /** Database time at which it began to wait for this reason. */
  readonly since: Date;
  /** The record's parent, when it has one. */
  readonly parentId: string | null;
  /** The SKU that another product holds. */
  readonly sku: string | null;
}

export interface ParkedFilter {
  readonly object?: MirroredObjectName;
  /** Default: every reason but `deleted`, which is a state and no problem. */
  readonly reason?: AsideReason;
  readonly limit: number;
}

/** What operators ask about the shadow. */
export class ShadowInspection {
  readonly #pool: pg.Pool;
  readonly #oldest: OldestRows;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
    this.#oldest = new OldestRows(pool);
  }

  /** Longest waiting first. */
  async listParked(filter: ParkedFilter): Promise<readonly ParkedRecord[]> {
    const rows = await query<{
      object: MirroredObjectName;
      record_id: string;
      reason: AsideReason;
      since: Date;
      parent_key: string | null;
      unique_key: string | null;
    }>(
      this.#pool,
      sql`SELECT object, record_id, reason, since, parent_key, unique_key FROM sf_shadow_aside
          WHERE object = coalesce($1, object)
            AND CASE WHEN $2::text IS NULL THEN reason <> 'deleted' ELSE reason = $2 END
          ORDER BY since, object, record_id LIMIT $3`,
      [filter.object ?? null, filter.reason ?? null, filter.limit],
    );
    return rows.map((row) => ({
      object: row.object,
      recordId: row.record_id,
      reason: row.reason,
      since: row.since,
      parentId: row.parent_key,
      sku: row.unique_key,
    }));
  }

  /** Exact. The first call of a process reads each table from end to end; later ones a thousand rows by their keys. */
  oldestRows(): Promise<readonly OldestRow[]> {
    return this.#oldest.ages();
  }
}
