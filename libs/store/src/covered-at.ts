import { LANES, type MirroredObjectName } from '@umbra/domain';
import { query, type Connection } from './connection-pool.ts';
import { sql } from './sql.ts';
import { oldestUnapplied } from './unapplied.ts';

/** What the changes of one transaction may have behind the newest commit time: that time has whole seconds. */
export const COMMIT_RESOLUTION_MS = 1_000;

/** Recorded intervals, and the one that each stream keeps with its position. */
export const provenIntervals = sql`
  SELECT object, facet, from_at, to_at, via, epoch, run_id, stamp FROM sf_coverage
  UNION ALL
  SELECT unnest(objects), 'rows', evidence_from, evidence_at, 'stream', epoch, NULL, NULL
  FROM sf_stream WHERE evidence_from IS NOT NULL`;

export interface Coverage {
  /** Up to when every commit on the object is in the shadow. */
  readonly at: Date;
  /** Since when a living record waits aside for a full image of it: readers do not see it as it is. */
  readonly imageMissingSince: Date | null;
}

/**
 * Up to when every commit on the object is in the shadow: the end of the unbroken chain of intervals from the
 * beginning, but no later than the start of an open hole, nor than just before the oldest change that waits to be
 * applied. Chain, holes and log are looked at in one snapshot: evidence that arrives together with a change must not
 * count without it.
 *
 * Intervals of an earlier epoch prove nothing: the org's numbering began anew. Neither a crash nor a lost transaction
 * can leave the answer too high: applied rows and applied positions that had not reached the disk are lost together,
 * and the log, which had, shows them as waiting again.
 *
 * @returns undefined before there is a chain
 */
export async function coverageOf(
  connection: Connection,
  object: MirroredObjectName,
): Promise<Coverage | undefined> {
  const rows = await query<Interval & Limits>(
    connection,
    sql`WITH proven AS (
          SELECT from_at, to_at FROM (${provenIntervals}) AS interval
          WHERE object = $2 AND facet = 'rows'
            AND epoch = coalesce((SELECT epoch FROM sf_object_state WHERE object = $2), 0)
        )
        SELECT from_at, to_at,
               (SELECT min(from_at) FROM sf_hole
                WHERE object = $2 AND scope = 'object' AND closed_at IS NULL) AS hole,
               ${oldestUnapplied(sql`$2`)} AS unapplied,
               (SELECT min(since) FROM sf_shadow_aside
                WHERE object = $2 AND reason = 'image_missing' AND alive) AS image_missing
        FROM proven
        WHERE to_at >= (SELECT max(to_at) FROM proven WHERE from_at IS NULL)
        ORDER BY from_at NULLS FIRST`,
    [LANES, object],
  );
  const end = chainEnd(rows);
  const [limits] = rows;
  if (end === undefined || limits === undefined) return undefined;
  const instants = [end.getTime()];
  if (limits.hole !== null) instants.push(limits.hole.getTime());
  if (limits.unapplied !== null) instants.push(limits.unapplied.getTime() - COMMIT_RESOLUTION_MS);
  return { at: new Date(Math.min(...instants)), imageMissingSince: limits.image_missing };
}

interface Interval {
  readonly from_at: Date | null;
  readonly to_at: Date;
}

interface Limits {
  readonly hole: Date | null;
  readonly unapplied: Date | null;
  readonly image_missing: Date | null;
}

/** The next interval starts no later than the chain ends so far. */
function chainEnd(intervals: readonly Interval[]): Date | undefined {
  let end: Date | undefined;
  for (const { from_at: from, to_at: to } of intervals) {
    if (from !== null && (end === undefined || from > end)) break;
    if (end === undefined || to > end) end = to;
  }
  return end;
}
