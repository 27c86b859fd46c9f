import {
  decodeVersion,
  laneOf,
  UmbraError,
  type EventBatch,
  type EventToStore,
  type StoredBatch,
  type StreamLease,
} from '@umbra/domain';
import { execute, only, query, type Connection } from './connection-pool.ts';
import { lockedStream, stillOurs, type StreamRow } from './stream-rows.ts';
import { sql } from './sql.ts';

/**
 * The one transaction by which events count as received: the check that we still own the topic, the bytes, their
 * changes and the position behind them. It is acknowledged only when it is on disk, whatever the server's default.
 *
 * All bytes of a batch travel as one binary value that the statement cuts up again: as elements of an array they would
 * be sent as hexadecimal text, twice as long and several times as slow.
 *
 * @returns with it, the number of the first event in the stream
 * @throws UmbraError SYNC_FENCED
 */
export async function appendBatch(
  connection: Connection,
  lease: StreamLease,
  batch: EventBatch,
): Promise<StoredBatch & { readonly first: bigint }> {
  const [stream] = await query<StreamRow>(connection, sql`${lockedStream} ${stillOurs} FOR NO KEY UPDATE`, [
    lease.streamId,
    lease.fence,
    lease.owner,
    batch.seen ?? 0n,
  ]);
  if (stream === undefined)
    throw new UmbraError('SYNC_FENCED', 'another owner has the topic, or its position went back');
  const stored = await insertEvents(connection, stream, batch.events);
  const newest = newestCommit(stream, batch);
  await execute(
    connection,
    sql`UPDATE sf_stream SET
          next_seq = next_seq + $2,
          replay_id = coalesce($3, replay_id),
          commit_number = greatest(commit_number, $4),
          commit_timestamp = $5,
          evidence_from = CASE WHEN $6::timestamptz IS NULL THEN evidence_from
                               ELSE coalesce(evidence_from, least($7::timestamptz, $6)) END,
          evidence_at = greatest(evidence_at, $6)
        WHERE stream_id = $1
        RETURNING CASE WHEN current_setting('synchronous_commit') = 'off'
                       THEN set_config('synchronous_commit', 'on', true) END`,
    [
      stream.stream_id,
      batch.events.length,
      batch.replayId === null || batch.replayId.length === 0 ? null : batch.replayId,
      batch.commitNumber,
      newest,
      batch.evidenceAt,
      batch.evidenceFrom ?? batch.evidenceAt,
    ],
  );
  return { ...stored, first: BigInt(stream.next_seq) };
}

/** Time of the newest commit stored: what arrives later with an older one is late. */
function newestCommit(stream: StreamRow, batch: EventBatch): Date | null {
  const times = batch.events.flatMap(({ changes }) =>
    changes.map(({ committedAt }) => Date.parse(committedAt)),
  );
  if (batch.commitTimestamp !== null) times.push(Date.parse(batch.commitTimestamp));
  if (stream.commit_timestamp !== null) times.push(stream.commit_timestamp.getTime());
  return times.length === 0 ? null : new Date(times.reduce((a, b) => Math.max(a, b)));
}

const insertion = sql`
  WITH incoming AS (
    SELECT at, day, event_id, schema_id, error,
           substring($3::bytea FROM replay_from FOR replay_len) AS replay_id,
           substring($3::bytea FROM payload_from FOR payload_len) AS payload,
           substring($3::bytea FROM print_from FOR print_len) AS fingerprint
    FROM unnest($5::int[], $6::date[], $7::text[], $8::text[], $9::text[],
                $10::int[], $11::int[], $12::int[], $13::int[], $14::int[], $15::int[])
      AS event (at, day, event_id, schema_id, error,
                replay_from, replay_len, payload_from, payload_len, print_from, print_len)
  ), raw AS (
    INSERT INTO sf_raw_event (event_day, stream_id, stream_seq, epoch, event_id, replay_id, schema_id, payload,
                              fingerprint, decoded, error)
    SELECT day, $1::int, $2::bigint + at, $4::int, event_id, replay_id, schema_id, payload, fingerprint,
           error IS NULL, error
    FROM incoming ORDER BY at
    ON CONFLICT (event_day, epoch, fingerprint) DO NOTHING
    RETURNING event_day, stream_seq
  ), changes AS (
    INSERT INTO sf_change (event_day, stream_id, stream_seq, ord, raw_seq, lane, object, record_id, v, change_type,
                           committed_at, late)
    SELECT event_day, $1::int, stream_seq, ord, stream_seq, lane, object, record_id, v, change_type, committed_at, late
    FROM unnest($16::int[], $17::int[], $18::int[], $19::text[], $20::text[], $21::text[], $22::text[],
                $23::timestamptz[], $24::boolean[])
      AS change (at, ord, lane, object, record_id, v, change_type, committed_at, late)
    JOIN raw ON raw.stream_seq = $2::bigint + at
    ORDER BY stream_seq, ord
    ON CONFLICT (object, record_id, v, event_day) DO NOTHING
    RETURNING lane, stream_seq
  )
  SELECT (SELECT coalesce(array_agg((stream_seq - $2::bigint)::int), '{}') FROM raw) AS stored,
         (SELECT coalesce(json_agg(json_build_object('lane', lane, 'upTo', up_to::text) ORDER BY lane), '[]')
          FROM (SELECT lane, max(stream_seq) AS up_to FROM changes GROUP BY lane) AS top) AS lanes`;

async function insertEvents(
  connection: Connection,
  stream: StreamRow,
  events: readonly EventToStore[],
): Promise<StoredBatch> {
  if (events.length === 0) return { stored: 0, duplicates: 0, lanes: [], outOfOrder: 0 };
  const { blob, starts } = packed(events);
  const changes = flatChanges(stream, events);
  const row = only(
    await query<{ stored: number[]; lanes: { lane: number; upTo: string }[] }>(connection, insertion, [
      stream.stream_id,
      stream.next_seq,
      blob,
      stream.epoch,
      events.map((_, at) => at),
      events.map(({ day }) => day),
      events.map(({ event }) => event.eventId),
      events.map(({ event }) => event.schemaId),
      events.map(({ error }) => error),
      starts.replay,
      events.map(({ event }) => event.replayId.length),
      starts.payload,
      events.map(({ event }) => event.payload.length),
      starts.fingerprint,
      events.map(({ fingerprint }) => fingerprint.length),
      ...changes,
    ]),
  );
  return {
    stored: row.stored.length,
    duplicates: events.length - row.stored.length,
    lanes: row.lanes.map(({ lane, upTo }) => ({ lane, upTo: BigInt(upTo) })),
    outOfOrder: outOfOrder(stream, events, new Set(row.stored)),
  };
}

/** Every event's bytes one behind the other, and where each begins, counted from 1 as SQL does. */
function packed(events: readonly EventToStore[]) {
  const starts = { replay: [] as number[], payload: [] as number[], fingerprint: [] as number[] };
  const parts: Uint8Array[] = [];
  let next = 1;
  const add = (into: number[], part: Uint8Array) => {
    into.push(next);
    parts.push(part);
    next += part.length;
  };
  for (const { event, fingerprint } of events) {
    add(starts.replay, event.replayId);
    add(starts.payload, event.payload);
    add(starts.fingerprint, fingerprint);
  }
  return { blob: Buffer.concat(parts), starts };
}

/** The changes of all events by column. @throws UmbraError SYNC_FENCED for a version of another epoch */
function flatChanges(stream: StreamRow, events: readonly EventToStore[]): unknown[][] {
  const columns: unknown[][] = Array.from({ length: 9 }, () => []);
  const epoch = stream.epoch.toString(16).padStart(8, '0');
  let newest = stream.commit_timestamp?.getTime() ?? -Infinity;
  for (const [at, { changes }] of events.entries()) {
    for (const [ord, change] of changes.entries()) {
      const { object, recordId, version, changeType, committedAt } = change;
      // Decoded before the numbering began anew: stored like this, the event could not be told from its replay.
      if (!version.startsWith(epoch))
        throw new UmbraError('SYNC_FENCED', 'the topic has another epoch by now');
      const committed = Date.parse(committedAt);
      const row = [at, ord, laneOf(object, recordId), object, recordId, version, changeType, committedAt];
      for (const [column, value] of [...row, committed < newest].entries()) columns[column]?.push(value);
      newest = Math.max(newest, committed);
    }
  }
  return columns;
}

/** Stored events that came behind a higher commit number. */
function outOfOrder(stream: StreamRow, events: readonly EventToStore[], stored: ReadonlySet<number>): number {
  let highest = stream.commit_number === null ? -1n : BigInt(stream.commit_number);
  let count = 0;
  for (const [at, { changes }] of events.entries()) {
    const [change] = changes;
    if (change === undefined) continue;
    const { commitNumber } = decodeVersion(change.version);
    if (commitNumber > highest) highest = commitNumber;
    else if (commitNumber < highest && stored.has(at)) count += 1;
  }
  return count;
}
