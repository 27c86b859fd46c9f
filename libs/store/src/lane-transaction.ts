import { laneOf, type LaneTransaction, type PendingChange } from '@umbra/domain';
import type pg from 'pg';
import { execute, query } from './connection-pool.ts';
import { pendingChange, type PendingRow } from './pending-rows.ts';
import { PgShadowTransaction } from './shadow-transaction.ts';
import { sql } from './sql.ts';
import { behind, lanePositions } from './unapplied.ts';

/** A change with its place in the log, which the port does not show. */
interface Placed extends PendingChange {
  readonly ord: number;
}

/**
 * Every lane's and stream's next changes, in turns, until there are enough: a backlog must not keep the others waiting.
 * In every lane and stream they are the first ones that wait, without a hole, whatever the limits cut off.
 */
const nextChanges = sql`
  SELECT stream_id, stream_seq, ord, object, record_id, v, change_type, committed_at, schema_id, payload
  FROM (
    SELECT taken.*, raw.schema_id, raw.payload,
           sum(octet_length(raw.payload)) OVER (ORDER BY taken.turn, taken.lane, taken.stream_id)
             - octet_length(raw.payload) AS bytes_before
    FROM (
      SELECT change.*, row_number() OVER (PARTITION BY change.lane, change.stream_id
                                          ORDER BY change.stream_seq, change.ord) AS turn
      FROM (${lanePositions} WHERE wanted.lane = ANY ($2::int[])) AS at
      CROSS JOIN LATERAL (
        SELECT * FROM sf_change AS change WHERE ${behind} ORDER BY change.stream_seq, change.ord LIMIT $5
      ) AS change
      ORDER BY turn, lane, stream_id LIMIT $3
    ) AS taken
    JOIN sf_raw_event AS raw ON raw.event_day = taken.event_day AND raw.stream_id = taken.stream_id
      AND raw.stream_seq = taken.raw_seq
  ) AS counted
  WHERE bytes_before < $4
  ORDER BY turn, lane, stream_id`;

/** Of many lanes each gives so many times its even share: lanes are never equally full, and looking costs. */
const SHARES = 2;
const SMALLEST_SHARE = 8;

/** The transaction of some lanes: what it takes from the log and what it writes become visible together. */
export class PgLaneTransaction extends PgShadowTransaction implements LaneTransaction {
  readonly lanes: readonly number[];
  readonly #all: number;
  /** Offered and not applied, by lane and stream. */
  readonly #offered = new Map<string, Placed[]>();

  /** @param all number of lanes that there are */
  constructor(connection: pg.ClientBase, lanes: readonly number[], all: number) {
    super(connection);
    this.lanes = lanes;
    this.#all = all;
  }

  async pending(limit: { changes: number; bytes: number }): Promise<readonly PendingChange[]> {
    const rows = await query<PendingRow>(this.connection, nextChanges, [
      this.#all,
      this.lanes,
      limit.changes,
      Math.max(1, limit.bytes),
      this.#share(limit.changes),
    ]);
    const changes = rows.map(placed);
    this.#offered.clear();
    for (const change of changes) {
      const place = `${laneOf(change.object, change.recordId)} ${change.streamId}`;
      const others = this.#offered.get(place);
      if (others === undefined) this.#offered.set(place, [change]);
      else others.push(change);
    }
    return changes;
  }

  /** How many changes one lane and stream gives at most. */
  #share(changes: number): number {
    const { length } = this.lanes;
    return length === 1 ? changes : Math.max(SMALLEST_SHARE, Math.ceil((SHARES * changes) / length));
  }

  async applied(changes: readonly PendingChange[]): Promise<void> {
    const done = new Set(changes);
    const ends: Placed[] = [];
    for (const [place, offered] of this.#offered) {
      const next = offered.findIndex((change) => !done.has(change));
      const first = next === -1 ? offered : offered.slice(0, next);
      if (next !== -1 && offered.slice(next).some((change) => done.has(change))) {
        throw new RangeError('the applied position would pass over a change that was not applied');
      }
      const end = first.at(-1);
      if (end !== undefined) ends.push(end);
      for (const change of first) done.delete(change);
      this.#offered.set(place, offered.slice(first.length));
    }
    if (done.size > 0) throw new RangeError('a change that was not pending in this transaction');
    await this.#moveTo(ends);
  }

  async #moveTo(ends: readonly Placed[]): Promise<void> {
    if (ends.length === 0) return;
    await execute(
      this.connection,
      sql`INSERT INTO sf_lane_applied AS position (stream_id, lane, applied_seq, applied_ord)
          SELECT stream_id, lane, seq, ord
          FROM unnest($1::int[], $2::int[], $3::bigint[], $4::int[]) AS moved (lane, stream_id, seq, ord)
          ORDER BY stream_id, lane
          ON CONFLICT (stream_id, lane) DO UPDATE
            SET applied_seq = EXCLUDED.applied_seq, applied_ord = EXCLUDED.applied_ord
            WHERE (EXCLUDED.applied_seq, EXCLUDED.applied_ord) > (position.applied_seq, position.applied_ord)`,
      [
        ends.map(({ object, recordId }) => laneOf(object, recordId)),
        ends.map(({ streamId }) => streamId),
        ends.map(({ streamSeq }) => streamSeq),
        ends.map(({ ord }) => ord),
      ],
    );
  }
}

function placed(row: PendingRow): Placed {
  return { ...pendingChange(row), ord: row.ord };
}
