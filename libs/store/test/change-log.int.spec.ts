import { describe, expect, it } from '@jest/globals';
import { laneOf, LANES, type LaneTransaction } from '@umbra/domain';
import { recordId } from '@umbra/testing';
import { openStore, type Store } from '../src/index.ts';
import { build, inMain, stamp } from './records.ts';
import { all, batchOf, changesOf, commits, committedAt, drain, event, lease } from './stream-events.ts';
import { withStore } from './with-store.ts';

const id = recordId('001', 1);
const lane = laneOf('Account', id);
const numbers = (changes: readonly { streamSeq: bigint }[]) =>
  changes.map(({ streamSeq }) => Number(streamSeq));

describe('a lane', () => {
  it('gives its changes in stored order with their bytes, and moves only with its transaction', () =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(1, 5, { ids: [id] }));
      const take = (count: number, fail = false) =>
        store.changeLog.withLanes([lane], async (tx) => {
          const changes = await tx.pending({ ...all, changes: count });
          await tx.write([inMain('Account', build.Account(), stamp(1))]);
          await tx.applied(changes);
          if (fail) throw new Error('killed');
          return changes;
        });
      await expect(take(3, true)).rejects.toThrow('killed');
      expect(await db.rows('SELECT 1 FROM sf_account_eligibility_shadow')).toEqual([]);
      const first = await take(3);
      expect(numbers(first!)).toEqual([1, 2, 3]);
      expect(first![0]).toMatchObject({ ...changesOf(1, { ids: [id] })[0], payload: event(1).event.payload });
      expect(numbers((await take(3))!)).toEqual([4, 5]);
      expect(await take(3)).toEqual([]);
      expect(await store.changeLog.laggingLanes()).toEqual([]);
    }));

  it('has one worker at a time, and different lanes do not wait for each other', () =>
    withStore(async ({ store: { changeLog } }) => {
      await changeLog.withLanes([3], async () => {
        expect(await changeLog.withLanes([3], async () => 'in')).toBeUndefined();
        expect(await changeLog.withLanes([4], async () => 'in')).toBe('in');
      });
      expect(await changeLog.withLanes([3], async () => 'in')).toBe('in');
      expect(() => changeLog.withLanes([LANES], async () => 'in')).toThrow(RangeError);
    }));

  it('keeps other writers of its records waiting', () =>
    withStore(async ({ store, db }) => {
      const order: string[] = [];
      let other: Promise<void> | undefined;
      await store.changeLog.withLanes([lane], async (tx) => {
        await tx.load('Account', [id]);
        other = store.shadow.transaction(async (refresh) => {
          await refresh.load('Account', [id]);
          order.push('refresh');
        });
        for (;;) {
          const waiting = await db.rows(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
          if (waiting.length > 0) break;
        }
        order.push('lane');
      });
      await other;
      expect(order).toEqual(['lane', 'refresh']);
    }));

  it('is cut off by bytes, after at least one change', () =>
    withStore(async ({ store }) => {
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(1, 4, { ids: [id], bytes: 1_000 }));
      const offered = (bytes: number) =>
        store.changeLog.withLanes([lane], async (tx) => numbers(await tx.pending({ changes: 10, bytes })));
      expect(await offered(1)).toEqual([1]);
      expect(await offered(1_001)).toEqual([1, 2]);
      expect(await offered(3_000)).toEqual([1, 2, 3]);
    }));

  it('gives the same to a process that has stored nothing of it', () =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      const ids = [id, recordId('001', 2)];
      await store.streamLog.append(mine, commits(1, 4, { ids, bytes: 1_000 }));
      const lanes = Array.from({ length: LANES }, (_, at) => at);
      const offered = (from: Store, bytes: number) =>
        from.changeLog.withLanes(lanes, async (tx) => {
          const changes = await tx.pending({ changes: 10, bytes });
          return changes.map(({ payload, recordId: about, schemaId, streamSeq, version }) => ({
            about,
            bytes: Buffer.from(payload).toString('hex'),
            schemaId,
            streamSeq,
            version,
          }));
        });
      const other = await openStore({ databaseUrl: db.url, applicationName: 'other', max: 1 });
      try {
        for (const bytes of [1, 1_001, 2_500, 4_000_000])
          expect(await offered(other, bytes)).toEqual(await offered(store, bytes));
        expect(await offered(other, 4_000_000)).toHaveLength(8);
      } finally {
        await other.close();
      }
    }));

  it('takes bytes from the log where they are those of another event', () =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(1, 2, { ids: [id] }));
      await db.rows(`UPDATE sf_raw_event SET payload = '\\x07' WHERE stream_seq = 1`);
      await db.rows(`UPDATE sf_change SET v = substr(v, 1, length(v) - 1) || 'f' WHERE stream_seq = 1`);
      await store.changeLog.withLanes([lane], async (tx) => {
        const [first, second] = await tx.pending(all);
        expect(Buffer.from(first!.payload).toString('hex')).toBe('07');
        expect(second!.payload).toEqual(event(2).event.payload);
      });
    }));

  it('lets streams take turns, and never a change overtake another of its stream', () =>
    withStore(async ({ store }) => {
      const mine = await lease(store);
      const other = await lease(store, 'me', ['Account'], '/data/Shop__chn');
      await store.streamLog.append(mine, commits(1, 6, { ids: [id] }));
      await store.streamLog.append(other, commits(11, 12, { ids: [id] }));
      await store.changeLog.withLanes([lane], async (tx) => {
        const changes = await tx.pending({ ...all, changes: 5 });
        const own = (streamId: number) => numbers(changes.filter((change) => change.streamId === streamId));
        expect(own(mine.streamId)).toEqual([1, 2, 3]);
        expect(own(other.streamId)).toEqual([1, 2]);
      });
    }));

  it('refuses to pass over a change that was not applied', () =>
    withStore(async ({ store }) => {
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(1, 3, { ids: [id] }));
      const apply = (pick: (tx: LaneTransaction) => Promise<void>) => store.changeLog.withLanes([lane], pick);
      await expect(
        apply(async (tx) => {
          const changes = await tx.pending(all);
          await tx.applied(changes.slice(1));
        }),
      ).rejects.toThrow(RangeError);
      await expect(
        apply(async (tx) => {
          const [change] = await tx.pending(all);
          await tx.applied([{ ...change! }]);
        }),
      ).rejects.toThrow(RangeError);
      await apply(async (tx) => {
        const changes = await tx.pending(all);
        await tx.applied(changes.slice(0, 1));
        await tx.applied(changes.slice(1, 2));
      });
      expect(await drain(store)).toEqual([3]);
    }));

  it('is repeated as a whole after a deadlock', () =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(1, 3, { ids: [id] }));
      await db.rows('CREATE SEQUENCE tries');
      await db.rows(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF nextval('tries') <= 2 THEN RAISE EXCEPTION 'poison' USING ERRCODE = '40P01'; END IF;
          RETURN NEW;
        END $$`);
      await db.rows(
        `CREATE TRIGGER refuse BEFORE INSERT ON sf_lane_applied FOR EACH ROW EXECUTE FUNCTION refuse()`,
      );
      expect(await drain(store)).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
    }));
});

describe('the applied positions', () => {
  it('never are ahead of the log, whatever arrives while lanes are drained', () =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      let appending = true;
      const append = async () => {
        for (let n = 1; n <= 400; n += 20) await store.streamLog.append(mine, commits(n, n + 19));
        appending = false;
      };
      const seen: number[] = [];
      const apply = async () => {
        for (;;) {
          const last = !appending;
          seen.push(...(await drain(store)));
          const ahead = await db.rows(`SELECT 1 FROM sf_lane_applied JOIN sf_stream USING (stream_id)
            WHERE applied_seq >= next_seq`);
          expect(ahead).toEqual([]);
          if (last) return;
        }
      };
      await Promise.all([append(), apply()]);
      expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, at) => at + 1));
    }));

  it('show what waits: lanes, backlog, and the oldest commit of each object', () =>
    withStore(async ({ store }) => {
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(5, 8, { ids: [id] }));
      await store.streamLog.append(mine, batchOf([event(2, { ids: [id] }), event(9, { ids: [id] })], 9));
      expect(await store.changeLog.laggingLanes()).toEqual([{ lane, upTo: 6n }]);
      expect(await store.streamLog.streams()).toMatchObject([
        { backlog: 6, oldestUnapplied: committedAt(2) },
      ]);
      expect(await store.changeLog.oldestUnapplied()).toEqual(new Map([['Account', committedAt(2)]]));
      await store.changeLog.withLanes([lane], async (tx) =>
        tx.applied(await tx.pending({ ...all, changes: 5 })),
      );
      expect(await store.changeLog.oldestUnapplied()).toEqual(new Map([['Account', committedAt(9)]]));
      await drain(store);
      expect(await store.changeLog.oldestUnapplied()).toEqual(new Map());
      expect(await store.streamLog.streams()).toMatchObject([{ backlog: 0, oldestUnapplied: null }]);
    }));
});

describe('the judge of stale reads', () => {
  it('knows of changes at or below a version that are newer than an instant', () =>
    withStore(async ({ store }) => {
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(5, 5, { ids: [id] }));
      const judge = (n: number, at: number) =>
        store.changeLog.modifiedAfter('Account', id, stamp(n), committedAt(at));
      expect(await judge(5, 4)).toBe(true);
      expect(await judge(4, 4)).toBe(false);
      expect(await judge(5, 5)).toBe(false);
    }));
});

describe('work of which one at a time is enough', () => {
  it('is done by one', () =>
    withStore(async ({ store: { changeLog } }) => {
      const outcome = await changeLog.alone('sweep', async () => [
        await changeLog.alone('sweep', async () => 'again'),
        await changeLog.alone('other', async () => 'other'),
      ]);
      expect(outcome).toEqual([undefined, 'other']);
    }));
});
