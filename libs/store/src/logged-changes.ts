import {
  laneOf,
  LANES,
  mirroredObjectNames,
  type LoggedChanges,
  type LoggedChangesFilter,
  type PendingChange,
} from '@umbra/domain';
import type pg from 'pg';
import { query } from './connection-pool.ts';
import { pendingChange, type PendingRow } from './pending-rows.ts';
import { sql } from './sql.ts';

const nextOfLane = sql`
  SELECT change.stream_id, change.stream_seq, change.ord, change.object, change.record_id, change.v,
         change.change_type, change.committed_at, raw.schema_id, raw.payload
  FROM sf_change AS change
  JOIN sf_raw_event AS raw ON raw.event_day = change.event_day AND raw.stream_id = change.stream_id
    AND raw.stream_seq = change.raw_seq
  WHERE change.lane = $1 AND (change.stream_id, change.stream_seq, change.ord) > ($2::int, $3::bigint, $4::int)
    AND ($5::text IS NULL OR change.object = $5) AND ($6::text[] IS NULL OR change.record_id = ANY ($6))
    AND ($7::text IS NULL OR change.stream_id = (SELECT stream_id FROM sf_stream WHERE topic = $7))
    AND ($8::timestamptz IS NULL OR (change.committed_at >= $8 AND change.event_day >= ($8 AT TIME ZONE 'UTC')::date))
    AND ($9::timestamptz IS NULL OR (change.committed_at < $9 AND change.event_day <= ($9 AT TIME ZONE 'UTC')::date))
  ORDER BY change.stream_id, change.stream_seq, change.ord LIMIT 500`;

/** Lane by lane along the index that the lanes are drained by: no batch waits for a sort. */
export class PgLoggedChanges implements LoggedChanges {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async *read(filter: LoggedChangesFilter): AsyncGenerator<readonly PendingChange[]> {
    const { from, object, recordIds, to, topic } = filter;
    const terms = [object ?? null, recordIds ?? null, topic ?? null, from ?? null, to ?? null];
    for (const lane of lanesOf(filter)) {
      let [streamId, streamSeq, ord] = [0, '-1', -1];
      for (;;) {
        const rows: PendingRow[] = await query<PendingRow>(this.#pool, nextOfLane, [
          lane,
          streamId,
          streamSeq,
          ord,
          ...terms,
        ]);
        const last = rows.at(-1);
        if (last === undefined) break;
        [streamId, streamSeq, ord] = [last.stream_id, last.stream_seq, last.ord];
        yield rows.map(pendingChange);
      }
    }
  }
}

function lanesOf({ object, recordIds }: LoggedChangesFilter): readonly number[] {
  if (recordIds === undefined) return Array.from({ length: LANES }, (_, lane) => lane);
  const objects = object === undefined ? mirroredObjectNames : [object];
  return [...new Set(objects.flatMap((name) => recordIds.map((id) => laneOf(name, id))))];
}
