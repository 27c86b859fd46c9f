import type { DirtyRecord, DirtyRecords, MirroredObjectName, Version } from '@umbra/domain';
import type pg from 'pg';
import { query } from './connection-pool.ts';
import { shadowTables } from './shadow-table.ts';
import { sql } from './sql.ts';

/** Living records that a read has to repair, found by the partial index on their gap. */
export class PgDirtyRecords implements DirtyRecords {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async dirtyRecords(object: MirroredObjectName, limit: number): Promise<readonly DirtyRecord[]> {
    const { name, key } = shadowTables[object];
    const rows = await query<{ id: string; v_gap: Version; gap_since: Date }>(
      this.#pool,
      sql`(SELECT ${key} AS id, v_gap, gap_since FROM ${name}
           WHERE gap_since IS NOT NULL ORDER BY gap_since, 1 LIMIT $2)
          UNION ALL
          (SELECT record_id, v_gap, gap_since FROM sf_shadow_aside
           WHERE gap_since IS NOT NULL AND alive AND object = $1 ORDER BY gap_since, record_id LIMIT $2)
          ORDER BY gap_since, id LIMIT $2`,
      [object, limit],
    );
    return rows.map(({ id: recordId, v_gap: vGap, gap_since: gapSince }) => ({ recordId, vGap, gapSince }));
  }
}
