import { provenThrough } from '@umbra/domain';
import { execute, query, type Connection } from './connection-pool.ts';
import { sql } from './sql.ts';

/**
 * What a complete run proves: every commit up to the creation of its first job, less what a read may miss, is in the
 * shadow now. The time is the source's own; the epoch is the one that the slices were stamped in, whatever it has
 * become since.
 */
export async function recordCoverage(connection: Connection, run: string): Promise<void> {
  const reads = await query<{ object: string; read_at: Date; epoch: string | null }>(
    connection,
    sql`SELECT slice.object, min(coalesce(slice.read_at, run.started_at)) AS read_at,
               min(left(slice.stamp, 8)) AS epoch
        FROM sf_backfill_slice AS slice JOIN sf_backfill_run AS run ON run.id = slice.run
        WHERE slice.run = $1 GROUP BY slice.object ORDER BY slice.object`,
    [run],
  );
  for (const { object, read_at: readAt, epoch } of reads) {
    await execute(
      connection,
      sql`INSERT INTO sf_coverage (object, facet, from_at, to_at, via, epoch, run_id)
          VALUES ($1, 'rows', NULL, $2, 'backfill', $3, $4)`,
      [object, provenThrough(readAt), Number.parseInt(epoch ?? '0', 16), run],
    );
  }
}
