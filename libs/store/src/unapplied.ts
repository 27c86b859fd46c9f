import { sql } from './sql.ts';

/**
 * One row per stream and lane: `stream_id`, `lane`, how far it is applied, and the days in which changes may wait behind
 * that. Streams of which nothing can wait are left out. Value $1 is the number of lanes.
 */
export const lanePositions = sql`
  SELECT stream.stream_id, stream.objects, open.from_day, open.to_day, wanted.lane::smallint AS lane,
         coalesce(applied.applied_seq, 0) AS applied_seq, coalesce(applied.applied_ord, 0) AS applied_ord
  FROM sf_stream AS stream
  JOIN (SELECT stream_id, min(event_day) AS from_day, max(event_day) AS to_day
        FROM sf_open_day GROUP BY stream_id) AS open USING (stream_id)
  CROSS JOIN generate_series(0, $1::int - 1) AS wanted (lane)
  LEFT JOIN sf_lane_applied AS applied ON applied.stream_id = stream.stream_id AND applied.lane = wanted.lane`;

/**
 * Changes of the position's stream and lane behind what is applied, in the terms of `lanePositions`. The days keep the
 * look out of the partitions of all others.
 */
export const behind = sql`change.lane = at.lane AND change.stream_id = at.stream_id
  AND change.event_day BETWEEN at.from_day AND at.to_day
  AND (change.stream_seq, change.ord) > (at.applied_seq, at.applied_ord)`;
