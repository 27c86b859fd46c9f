import type { PendingChange } from '@umbra/domain';
import { query, type Connection } from './connection-pool.ts';
import { pendingChange, type PendingRow } from './pending-rows.ts';
import { placeOf, type EventBody, type RecentEvents } from './recent-events.ts';
import { behind, lanePositions } from './unapplied.ts';
import { sql } from './sql.ts';

/** A change with its place in the log, which the port does not show. */
export interface Placed extends PendingChange {
  readonly ord: number;
  /** Place of the event that it came in. */
  readonly event: string;
}

/** A change without the body of its event, and where that is to be found. */
type WaitingRow = Omit<PendingRow, 'schema_id' | 'payload'> & { raw_seq: string; day: string };

/**
 * Of many lanes and streams each gives so many times its even share: they are never equally full, and looking costs.
 */
const SHARES = 3;
const SMALLEST_SHARE = 4;

/**
 * Every lane's and stream's next changes, in turns, until there are enough: a backlog must not keep the others waiting.
 * In every lane and stream they are the first ones that wait, without a hole, whatever the limits cut off.
 */
const nextChanges = sql`
  SELECT stream_id, stream_seq, ord, raw_seq, event_day::text AS day, object, record_id, v, change_type, committed_at
  FROM (
    SELECT change.*, row_number() OVER (PARTITION BY change.lane, change.stream_id
                                        ORDER BY change.stream_seq, change.ord) AS turn
    FROM (${lanePositions} WHERE wanted.lane = ANY ($2::int[])) AS at
    CROSS JOIN LATERAL (
      SELECT * FROM sf_change AS change WHERE ${behind} ORDER BY change.stream_seq, change.ord
      LIMIT (SELECT greatest($4::int, ceil($5::float8 / count(*))::int) FROM sf_stream)
    ) AS change
    ORDER BY turn, lane, stream_id LIMIT $3
  ) AS taken
  ORDER BY turn, lane, stream_id`;

const bodies = sql`
  SELECT place, schema_id, payload
  FROM (
    SELECT wanted.place, raw.schema_id, raw.payload,
           sum(octet_length(raw.payload)) OVER (ORDER BY wanted.at) - octet_length(raw.payload) AS bytes_before
    FROM unnest($1::text[], $2::date[], $3::int[], $4::bigint[])
      WITH ORDINALITY AS wanted (place, day, stream_id, seq, at)
    CROSS JOIN LATERAL (
      SELECT schema_id, payload FROM sf_raw_event AS event
      WHERE event.event_day = wanted.day AND event.stream_id = wanted.stream_id AND event.stream_seq = wanted.seq
      LIMIT 1
    ) AS raw
  ) AS counted
  WHERE bytes_before < $5`;

/** The next changes of the lanes, as `LaneTransaction.pending` promises them. @param all number of lanes that there are */
export async function waitingChanges(
  connection: Connection,
  recent: RecentEvents,
  lanes: { readonly held: readonly number[]; readonly all: number },
  limit: { readonly changes: number; readonly bytes: number },
): Promise<readonly Placed[]> {
  const { length } = lanes.held;
  const isAlone = length === 1;
  const rows = await query<WaitingRow>(connection, nextChanges, [
    lanes.all,
    lanes.held,
    limit.changes,
    isAlone ? limit.changes : SMALLEST_SHARE,
    isAlone ? 0 : (SHARES * limit.changes) / length,
  ]);
  const known = await bodiesOf(connection, recent, rows, limit.bytes);
  const changes: Placed[] = [];
  let bytes = 0;
  for (const row of rows) {
    const event = placeOf(row.stream_id, row.raw_seq);
    const body = known.get(event);
    // What is not read lies behind more bytes than the limit allows.
    if (body === undefined || (bytes >= limit.bytes && changes.length > 0)) break;
    bytes += body.payload.length;
    changes.push(placed(row, event, body));
  }
  return changes;
}

/** By place. Of those that have to be read only as many as the limit allows: they may be a megabyte each. */
async function bodiesOf(
  connection: Connection,
  recent: RecentEvents,
  rows: readonly WaitingRow[],
  bytes: number,
): Promise<ReadonlyMap<string, EventBody>> {
  const known = new Map<string, EventBody>();
  const unread = new Map<string, WaitingRow>();
  for (const row of rows) {
    const place = placeOf(row.stream_id, row.raw_seq);
    const body = recent.find(place, row.v);
    if (body === undefined) unread.set(place, row);
    else known.set(place, body);
  }
  if (unread.size === 0) return known;
  const wanted = [...unread.values()];
  const read = await query<{ place: string; schema_id: string; payload: Buffer }>(connection, bodies, [
    [...unread.keys()],
    wanted.map(({ day }) => day),
    wanted.map((row) => row.stream_id),
    wanted.map((row) => row.raw_seq),
    Math.max(1, bytes),
  ]);
  for (const { place, schema_id: schemaId, payload } of read) known.set(place, { schemaId, payload });
  return known;
}

function placed(row: WaitingRow, event: string, { payload, schemaId }: EventBody): Placed {
  return { ...pendingChange({ ...row, schema_id: schemaId, payload }), ord: row.ord, event };
}
