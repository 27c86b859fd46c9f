import { sql, type Sql } from './sql.ts';

/** One row per stream and lane: `stream_id`, `lane` and how far it is applied. Value $1 is the number of lanes. */
export const lanePositions = sql`
  SELECT stream.stream_id, stream.objects, wanted.lane::smallint AS lane,
         coalesce(applied.applied_seq, 0) AS applied_seq, coalesce(applied.applied_ord, 0) AS applied_ord
  FROM sf_stream AS stream
  CROSS JOIN generate_series(0, $1::int - 1) AS wanted (lane)
  LEFT JOIN sf_lane_applied AS applied ON applied.stream_id = stream.stream_id AND applied.lane = wanted.lane`;

/** Changes of the position's stream and lane behind what is applied, in the terms of `lanePositions`. */
export const behind = sql`change.lane = at.lane AND change.stream_id = at.stream_id
  AND (change.stream_seq, change.ord) > (at.applied_seq, at.applied_ord)`;

/**
 * Commit time of the oldest change of an object that is stored and not applied, or null. Exact without reading a
 * backlog: commit times rise along a stream but for the changes marked `late`, so of each lane only the first waiting
 * change and the late ones can be the oldest.
 * @param object SQL of the object's name
 */
export function oldestUnapplied(object: Sql): Sql {
  return sql`(
    SELECT min(oldest.committed_at) FROM (${lanePositions}) AS at
    CROSS JOIN LATERAL (
      (SELECT change.committed_at FROM sf_change AS change
       WHERE ${behind} AND change.object = ${object}
       ORDER BY change.stream_seq, change.ord LIMIT 1)
      UNION ALL
      (SELECT min(change.committed_at) FROM sf_change AS change
       WHERE change.late AND ${behind} AND change.object = ${object})
    ) AS oldest
    WHERE ${object} = ANY (at.objects))`;
}
