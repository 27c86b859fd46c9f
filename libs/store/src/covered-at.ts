import { LANES, type MirroredObjectName } from '@umbra/domain';
import { only, query, type Connection } from './connection-pool.ts';
import { joined, sql, type Sql } from './sql.ts';

/** Recorded intervals, and the one that each stream keeps with its position. */
export const provenIntervals = sql`
  SELECT object, facet, from_at, to_at, via, epoch, run_id, stamp FROM sf_coverage
  UNION ALL
  SELECT unnest(objects), 'rows', evidence_from, evidence_at, 'stream', epoch, NULL, NULL
  FROM sf_stream WHERE evidence_from IS NOT NULL`;

/** What the changes of one transaction may have behind the newest commit time: that time has whole seconds. */
const COMMIT_RESOLUTION = sql`interval '1 second'`;

/**
 * Up to when every commit on an object is in the shadow, as an SQL value: the end of the unbroken chain of intervals from
 * the beginning, but no later than the start of an open hole, nor than just before the oldest change that waits to be
 * applied. Null before there is a chain. Chain, holes and log are looked at in one snapshot: evidence that arrives
 * together with a change must not count without it.
 *
 * Intervals of an earlier epoch prove nothing: the org's numbering began anew. Neither a crash nor a lost transaction
 * can leave the answer too high: applied rows and applied positions that had not reached the disk are lost together,
 * and the log, which had, shows them as waiting again.
 *
 * @param object SQL of the object's name
 * @param lanes SQL of the number of lanes
 * @param further instants, as SQL, that it may not lie behind either
 */
function coveredUpTo(object: Sql, lanes: Sql, ...further: readonly Sql[]): Sql {
  const bounds = [
    sql`(SELECT min(from_at) FROM sf_hole WHERE object = ${object} AND scope = 'object' AND closed_at IS NULL)`,
    sql`sf_oldest_unapplied(${object}, ${lanes}) - ${COMMIT_RESOLUTION}`,
    ...further,
  ];
  return sql`(SELECT least(chain.ends, ${joined(bounds)}) FROM (${chainOf(object)}) AS chain
              WHERE chain.ends IS NOT NULL)`;
}

/** The chain ends with the first interval that no other takes up where those before it have got to. */
function chainOf(object: Sql): Sql {
  return sql`
    WITH proven AS (
      SELECT from_at, to_at FROM (${provenIntervals}) AS interval
      WHERE object = ${object} AND facet = 'rows'
        AND epoch = coalesce((SELECT epoch FROM sf_object_state WHERE object = ${object}), 0)
    )
    SELECT min(reach) AS ends FROM (
      SELECT max(to_at) OVER sorted AS reach, lead(coalesce(from_at, '-infinity')) OVER sorted AS next_from
      FROM proven WHERE to_at >= (SELECT max(to_at) FROM proven WHERE from_at IS NULL)
      WINDOW sorted AS (ORDER BY from_at NULLS FIRST, to_at)
    ) AS link WHERE next_from IS NULL OR next_from > reach`;
}

/**
 * The same for readers: no later than just before a living record began to wait aside for a full image of it, which they
 * do not see as it is.
 */
export function readableUpTo(object: Sql, lanes: Sql): Sql {
  return coveredUpTo(
    object,
    lanes,
    sql`(SELECT min(since) - ${COMMIT_RESOLUTION} FROM sf_shadow_aside
         WHERE object = ${object} AND reason = 'image_missing' AND alive)`,
  );
}

/** @returns undefined before there is a chain */
export async function coveredAt(
  connection: Connection,
  object: MirroredObjectName,
): Promise<Date | undefined> {
  const rows = await query<{ covered_at: Date | null }>(
    connection,
    sql`SELECT ${coveredUpTo(sql`$1`, sql`$2`)} AS covered_at`,
    [object, LANES],
  );
  return only(rows).covered_at ?? undefined;
}
