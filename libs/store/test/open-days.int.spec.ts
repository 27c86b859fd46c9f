import { describe, expect, it } from '@jest/globals';
import type { StreamLease } from '@umbra/domain';
import type { Store } from '../src/index.ts';
import { all, batchOf, commits, committedAt, drain, event, lease } from './stream-events.ts';
import { withStore, type StoreUnderTest } from './with-store.ts';

const DAY_MS = 86_400_000;
const at = (n: number) => new Date(committedAt(n));

/** The n-th day before today, as events carry it. */
const dayBefore = (n: number) => new Date(at(0).getTime() - n * DAY_MS).toISOString().slice(0, 10);

async function openDays({ db }: StoreUnderTest): Promise<string[]> {
  const rows = await db.rows('SELECT event_day::text AS day FROM sf_open_day ORDER BY 1 DESC');
  return rows.map(({ day }) => String(day));
}

/** What waits, sought in every day of the log. */
async function waiting({ db }: StoreUnderTest): Promise<number> {
  const [row] = await db.rows(
    `SELECT count(*)::int AS n FROM sf_change LEFT JOIN sf_lane_applied AS done USING (stream_id, lane)
     WHERE (stream_seq, ord) > (coalesce(applied_seq, 0), coalesce(applied_ord, 0))`,
  );
  return Number(row!['n']);
}

function append(store: Store, mine: StreamLease, n: number, daysAgo: number): Promise<unknown> {
  return store.streamLog.append(mine, batchOf([event(n, { day: dayBefore(daysAgo) })], n));
}

describe('days of the log', () => {
  it('are open from their first change until all of theirs are applied; the newest stays open', () =>
    withStore(async (under) => {
      const { store } = under;
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(1, 5));
      await append(store, mine, 6, 3);
      await append(store, mine, 7, 1);
      expect(await openDays(under)).toEqual([dayBefore(0), dayBefore(1), dayBefore(3)]);
      expect(await store.changeLog.closeDays()).toBe(0);
      expect((await drain(store)).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(await store.changeLog.closeDays()).toBe(2);
      expect(await openDays(under)).toEqual([dayBefore(0)]);
      expect(await store.changeLog.closeDays()).toBe(0);
    }));

  it('open again for what comes late, and coverage ends before it', () =>
    withStore(async (under) => {
      const { store } = under;
      const mine = await lease(store);
      await store.ledger.prove(
        { object: 'Account', facet: 'rows', from: null, to: at(30), via: 'backfill', epoch: 0, runId: null },
        [],
      );
      await append(store, mine, 1, 2);
      await store.streamLog.append(mine, commits(20, 30));
      await drain(store);
      await store.changeLog.closeDays();
      expect(await store.reads.coveredAt('Account')).toEqual(at(30));
      await append(store, mine, 10, 2);
      expect(await openDays(under)).toEqual([dayBefore(0), dayBefore(2)]);
      expect(await store.reads.coveredAt('Account')).toEqual(at(9));
      expect(await store.changeLog.oldestUnapplied()).toEqual(new Map([['Account', committedAt(10)]]));
      expect(await drain(store)).toEqual([10]);
      expect(await store.reads.coveredAt('Account')).toEqual(at(30));
    }));

  it('open for changes of any writer, those of an older release too', () =>
    withStore(async (under) => {
      const { store, db } = under;
      await lease(store);
      await db.rows(
        `INSERT INTO sf_change (event_day, stream_id, stream_seq, ord, raw_seq, lane, object, record_id, v,
                                change_type, committed_at, late)
         SELECT $1::date, stream_id, 1, 0, 1, 7, 'Account', '001000000000001AAA', 'v', 'UPDATE', $2::timestamptz, false
         FROM sf_stream`,
        [dayBefore(5), committedAt(3)],
      );
      expect(await openDays(under)).toEqual([dayBefore(5)]);
      expect(await store.changeLog.laggingLanes()).toEqual([{ lane: 7, upTo: 1n }]);
    }));

  it('hide nothing, whatever is stored, applied and closed at the same time', () =>
    withStore(async (under) => {
      const { store } = under;
      const mine = await lease(store);
      let storing = true;
      const fill = async () => {
        for (let n = 1; n <= 150; n++) await append(store, mine, n, [0, 1, 4, 0, 9][n % 5]!);
        storing = false;
      };
      const seen: number[] = [];
      const apply = async () => {
        while (storing) seen.push(...(await drain(store)));
      };
      const close = async () => {
        while (storing) await store.changeLog.closeDays();
      };
      await Promise.all([fill(), apply(), close()]);
      seen.push(...(await drain(store)));
      expect(await waiting(under)).toBe(0);
      expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 150 }, (_, n) => n + 1));
      await store.changeLog.closeDays();
      expect(await openDays(under)).toHaveLength(1);
    }));

  it('stay open for a change that a transaction left behind', () =>
    withStore(async (under) => {
      const { store } = under;
      const mine = await lease(store);
      await append(store, mine, 1, 2);
      await store.streamLog.append(mine, commits(2, 4));
      const lanes = (await store.changeLog.laggingLanes()).map(({ lane }) => lane);
      await store.changeLog.withLanes(lanes, async (tx) => {
        const changes = await tx.pending(all);
        await tx.applied(changes.filter(({ committedAt: time }) => time !== committedAt(1)));
      });
      expect(await store.changeLog.closeDays()).toBe(0);
      expect(await openDays(under)).toContain(dayBefore(2));
    }));
});
