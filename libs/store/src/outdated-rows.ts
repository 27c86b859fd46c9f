import type { OutdatedRows, StageFacts } from '@umbra/domain';
import { query, type Connection } from './connection-pool.ts';
import { coveredAt } from './covered-at.ts';
import { shadowTables } from './shadow-table.ts';
import { sql } from './sql.ts';
import { stageTable } from './staging.ts';

/**
 * Takes out of a page the rows that are older than its stamp claims: the log knows of a change at or below the stamp
 * that was committed after the row's own modification time. The record's newest modification time is looked at first,
 * through its key; the log only for the few that it makes suspect.
 *
 * Call while the lanes of the object are held, or a change could be applied between the verdict and the landing.
 */
export async function removeOutdated(connection: Connection, facts: StageFacts): Promise<OutdatedRows> {
  const { name, key } = shadowTables[facts.object];
  const rows = await query<{ record_id: string }>(
    connection,
    sql`WITH suspect AS MATERIALIZED (
          SELECT record_id, src_modified_at AS modified_at FROM ${stageTable} AS staged
          WHERE staged.src_modified_at < greatest(
            (SELECT src_modified_at FROM ${name} AS stored WHERE stored.${key} = staged.record_id),
            (SELECT src_modified_at FROM sf_shadow_aside AS waiting
             WHERE waiting.object = $1 AND waiting.record_id = staged.record_id))
        ), outdated AS (
          SELECT record_id FROM suspect
          WHERE EXISTS (SELECT FROM sf_change AS change
                        WHERE change.object = $1 AND change.record_id = suspect.record_id AND change.v <= $2
                          AND change.committed_at > suspect.modified_at)
        )
        DELETE FROM ${stageTable} AS staged USING outdated WHERE staged.record_id = outdated.record_id
        RETURNING staged.record_id`,
    [facts.object, facts.stamp],
  );
  if (rows.length === 0) return { recordIds: [], since: null };
  const covered = await coveredAt(connection, facts.object);
  return { recordIds: rows.map((row) => row.record_id), since: covered?.toISOString() ?? null };
}
