import type { Archive, ArchivedDay, EventHistory, LoggedEvent } from '@umbra/domain';
import type pg from 'pg';
import { query } from '../connection-pool.ts';
import { sql } from '../sql.ts';
import { eventsOf } from './day-file.ts';

interface EventRow {
  readonly day: string;
  readonly stream_id: number;
  readonly stream_seq: string;
  readonly epoch: number;
  readonly schema_id: string;
  readonly payload: Buffer;
}

/** The raw log read again, from the database and from the archive. */
export class PgEventHistory implements EventHistory {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** By the table's key, so that no batch waits for a sort and a long read holds no transaction open. */
  async *logged(fromDay: string): AsyncGenerator<readonly LoggedEvent[]> {
    let [day, streamId, streamSeq] = [fromDay, 0, '-1'];
    for (;;) {
      const rows: EventRow[] = await query<EventRow>(
        this.#pool,
        sql`SELECT event_day::text AS day, stream_id, stream_seq, epoch, schema_id, payload FROM sf_raw_event
            WHERE decoded AND (event_day, stream_id, stream_seq) > ($1::date, $2::int, $3::bigint)
            ORDER BY event_day, stream_id, stream_seq LIMIT 500`,
        [day, streamId, streamSeq],
      );
      const last = rows.at(-1);
      if (last === undefined) return;
      [day, streamId, streamSeq] = [last.day, last.stream_id, last.stream_seq];
      yield rows.map(loggedEvent);
    }
  }

  archived({ day, file }: ArchivedDay, archive: Archive): AsyncIterable<readonly LoggedEvent[]> {
    return eventsOf(day, archive.read(file));
  }
}

function loggedEvent(row: EventRow): LoggedEvent {
  return {
    day: row.day,
    streamId: row.stream_id,
    streamSeq: BigInt(row.stream_seq),
    epoch: row.epoch,
    schemaId: row.schema_id,
    payload: row.payload,
  };
}
