import {
  mirroredObjectNames,
  mirroredObjects,
  type AsideReason,
  type MirroredObject,
  type MirroredObjectName,
} from '@umbra/domain';
import type pg from 'pg';
import { only, query } from './connection-pool.ts';
import { shadowTables } from './shadow-table.ts';
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

/** Age of the row that was written longest ago, `MAX(now() - updated_at)`. */
export interface OldestRow {
  readonly table: MirroredObject['table'];
  /** Seconds; undefined for an empty table. */
  readonly ageSeconds: number | undefined;
}

/** What operators ask about the shadow. */
export class ShadowInspection {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
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

  /** Reads each table from end to end: for a sample every few minutes, not for a request. */
  async oldestRows(): Promise<readonly OldestRow[]> {
    const ages: OldestRow[] = [];
    for (const object of mirroredObjectNames) {
      const rows = await query<{ age: number | null }>(
        this.#pool,
        sql`SELECT extract(epoch FROM sf_now() - min(updated_at))::float8 AS age FROM ${shadowTables[object].name}`,
      );
      ages.push({ table: mirroredObjects[object].table, ageSeconds: only(rows).age ?? undefined });
    }
    return ages;
  }
}
