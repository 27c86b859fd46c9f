import {
  laneOf,
  type CommitPosition,
  type StoredBatch,
  type StoredChange,
  type UndecodedEvent,
} from '@umbra/domain';
import { execute, only, query, type Connection } from './connection-pool.ts';
import { sql } from './sql.ts';

export async function readUndecoded(
  connection: Connection,
  limit: number,
): Promise<readonly UndecodedEvent[]> {
  const rows = await query<{
    stream_id: number;
    stream_seq: string;
    epoch: number;
    day: string;
    schema_id: string;
    payload: Buffer;
    received_at: Date;
  }>(
    connection,
    sql`SELECT stream_id, stream_seq, epoch, event_day::text AS day, schema_id, payload, received_at
        FROM sf_raw_event WHERE NOT decoded ORDER BY received_at, stream_id, stream_seq LIMIT $1`,
    [limit],
  );
  return rows.map((row) => ({
    streamId: row.stream_id,
    streamSeq: BigInt(row.stream_seq),
    epoch: row.epoch,
    day: row.day,
    schemaId: row.schema_id,
    payload: row.payload,
    receivedAt: row.received_at,
  }));
}

/**
 * The changes of an event that could not be read when it came. They take the stream's next number, under the lock that
 * an append takes too: under the event's own number, the lanes that have passed it would never see them. They stay in
 * the partition of their event, with which they are detached one day.
 */
export async function addDecoded(
  connection: Connection,
  event: UndecodedEvent,
  changes: readonly StoredChange[],
  { commitNumber, commitTimestamp }: CommitPosition,
): Promise<StoredBatch['lanes']> {
  const marked = await execute(
    connection,
    sql`UPDATE sf_raw_event SET decoded = true
        WHERE event_day = $1 AND stream_id = $2 AND stream_seq = $3 AND NOT decoded`,
    [event.day, event.streamId, event.streamSeq],
  );
  if (marked === 0) return [];
  const stream = only(
    await query<{ seq: string }>(
      connection,
      sql`UPDATE sf_stream SET next_seq = next_seq + 1,
            commit_number = CASE WHEN epoch = $2 THEN greatest(commit_number, $3::bigint) ELSE commit_number END,
            commit_timestamp = CASE WHEN epoch = $2 THEN greatest(commit_timestamp, $4::timestamptz)
                                    ELSE commit_timestamp END
          WHERE stream_id = $1 RETURNING next_seq - 1 AS seq`,
      [event.streamId, event.epoch, commitNumber, commitTimestamp],
    ),
  );
  if (changes.length === 0) return [];
  const rows = await query<{ lanes: number[] }>(
    connection,
    sql`WITH added AS (
          INSERT INTO sf_change (event_day, stream_id, stream_seq, ord, raw_seq, lane, object, record_id, v,
                                 change_type, committed_at, late)
          SELECT $1::date, $2::int, $3::bigint, ord - 1, $4::bigint, lane, object, record_id, v, change_type,
                 committed_at, true
          FROM unnest($5::int[], $6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[])
            WITH ORDINALITY AS change (lane, object, record_id, v, change_type, committed_at, ord)
          ON CONFLICT (object, record_id, v, event_day) DO NOTHING
          RETURNING lane
        )
        SELECT coalesce(array_agg(DISTINCT lane ORDER BY lane), '{}') AS lanes FROM added`,
    [
      event.day,
      event.streamId,
      stream.seq,
      event.streamSeq,
      changes.map(({ object, recordId }) => laneOf(object, recordId)),
      changes.map(({ object }) => object),
      changes.map(({ recordId }) => recordId),
      changes.map(({ version }) => version),
      changes.map(({ changeType }) => changeType),
      changes.map(({ committedAt }) => committedAt),
    ],
  );
  return only(rows).lanes.map((lane) => ({ lane, upTo: BigInt(stream.seq) }));
}
