import { laneOf, type LaneTransaction, type PendingChange } from '@umbra/domain';
import type pg from 'pg';
import { execute } from './connection-pool.ts';
import type { RecentEvents } from './recent-events.ts';
import { PgShadowTransaction } from './shadow-transaction.ts';
import { sql } from './sql.ts';
import { waitingChanges, type Placed } from './waiting-changes.ts';

/** The transaction of some lanes: what it takes from the log and what it writes become visible together. */
export class PgLaneTransaction extends PgShadowTransaction implements LaneTransaction {
  readonly lanes: readonly number[];
  readonly #all: number;
  readonly #recent: RecentEvents;
  /** Offered and not applied, by lane and stream. */
  readonly #offered = new Map<string, Placed[]>();

  /** @param all number of lanes that there are */
  constructor(connection: pg.ClientBase, lanes: readonly number[], all: number, recent: RecentEvents) {
    super(connection);
    this.lanes = lanes;
    this.#all = all;
    this.#recent = recent;
  }

  async pending(limit: { changes: number; bytes: number }): Promise<readonly PendingChange[]> {
    const lanes = { held: this.lanes, all: this.#all };
    const changes = await waitingChanges(this.connection, this.#recent, lanes, limit);
    this.#offered.clear();
    for (const change of changes) {
      const place = `${laneOf(change.object, change.recordId)} ${change.streamId}`;
      const others = this.#offered.get(place);
      if (others === undefined) this.#offered.set(place, [change]);
      else others.push(change);
    }
    return changes;
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
      for (const change of first) {
        done.delete(change);
        // Kept no longer, though the transaction may yet fail: then it is read.
        this.#recent.forget(change.event);
      }
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
