import { describe, expect, it } from '@jest/globals';
import { encodeVersion, type CoverageInterval, type Hole, type Version } from '@umbra/domain';
import { batchOf, commits, committedAt, drain, event, lease, topic } from './stream-events.ts';
import { aside, build, inMain, stamp } from './records.ts';
import { withStore, type StoreUnderTest } from './with-store.ts';

const at = (n: number) => new Date(committedAt(n));

function interval(
  from: number | null,
  to: number,
  changes: Partial<CoverageInterval> = {},
): CoverageInterval {
  return {
    object: 'Account',
    facet: 'rows',
    from: from === null ? null : at(from),
    to: at(to),
    via: 'delta',
    epoch: 0,
    runId: null,
    ...changes,
  };
}

function hole(
  changes: Partial<Hole> = {},
): Pick<Hole, 'object' | 'scope' | 'recordId' | 'cause' | 'from' | 'version'> {
  return {
    object: 'Account',
    scope: 'object',
    recordId: null,
    cause: 'overflow',
    from: at(50),
    version: null,
    ...changes,
  };
}

const covered = ({ store }: StoreUnderTest) => store.reads.coveredAt('Account');

describe('coverage', () => {
  it('is the end of the chain from the beginning', () =>
    withStore(async (under) => {
      const { ledger } = under.store;
      await ledger.prove(interval(10, 20), []);
      expect(await covered(under)).toBeUndefined();
      await ledger.prove(interval(null, 5, { via: 'backfill' }), []);
      expect(await covered(under)).toEqual(at(5));
      await ledger.prove(interval(4, 9), []);
      expect(await covered(under)).toEqual(at(9));
      await ledger.prove(interval(null, 90, { facet: 'deletes' }), []);
      expect(await covered(under)).toEqual(at(9));
      await ledger.prove(interval(9, 12), []);
      expect(await covered(under)).toEqual(at(20));
      await ledger.extend('Account', 'rows', 'delta', 0, at(30));
      expect(await covered(under)).toEqual(at(30));
      await ledger.extend('Account', 'rows', 'delta', 0, at(25));
      expect(await covered(under)).toEqual(at(30));
      await ledger.extend('Account', 'rows', 'reconcile', 0, at(29));
      expect(await covered(under)).toEqual(at(30));
      expect((await ledger.intervals('Account', 'rows')).map(({ from, to }) => [from, to])).toEqual([
        [null, at(5)],
        [at(4), at(9)],
        [at(9), at(12)],
        [at(10), at(30)],
        [at(29), at(29)],
      ]);
    }));

  it('goes on with the evidence of the stream, from where that begins', () =>
    withStore(async (under) => {
      const { store } = under;
      const mine = await lease(store);
      await store.streamLog.append(mine, batchOf([], 20, { commitTimestamp: null, evidenceFrom: at(8) }));
      await store.ledger.prove(interval(null, 7, { via: 'backfill' }), []);
      expect(await covered(under)).toEqual(at(7));
      await store.ledger.prove(interval(null, 9, { via: 'backfill' }), []);
      expect(await covered(under)).toEqual(at(20));
      await store.streamLog.append(mine, batchOf([], 40, { evidenceFrom: at(39) }));
      expect(await covered(under)).toEqual(at(40));
      expect(await store.ledger.intervals('Account', 'rows')).toContainEqual(
        interval(8, 40, { via: 'stream', stamp: null }),
      );
    }));

  it('ends before the oldest record that no full image has reached, while it is alive', () =>
    withStore(async (under) => {
      const { store, db } = under;
      await store.ledger.prove(interval(null, 30, { via: 'backfill' }), []);
      const [one, gone] = [build.Account(), build.Account()];
      await store.shadow.transaction((tx) =>
        tx.write([
          aside('Account', one, stamp(1), { reason: 'image_missing' }),
          aside('Account', gone, stamp(1), { reason: 'deleted' }, { alive: false }),
        ]),
      );
      await db.rows('UPDATE sf_shadow_aside SET since = $1', [at(21)]);
      expect(await covered(under)).toEqual(at(20));
      await store.shadow.transaction((tx) => tx.write([inMain('Account', one, stamp(2))]));
      expect(await covered(under)).toEqual(at(30));
    }));

  it('ends before the oldest change that is stored and not applied, late ones included', () =>
    withStore(async (under) => {
      const { store } = under;
      await store.ledger.prove(interval(null, 30, { via: 'backfill' }), []);
      const mine = await lease(store);
      await store.streamLog.append(mine, batchOf([], 30));
      await store.streamLog.append(mine, commits(31, 40));
      expect(await covered(under)).toEqual(at(30));
      await store.streamLog.append(mine, batchOf([event(25)], 40));
      expect(await covered(under)).toEqual(at(24));
      await drain(store);
      expect(await covered(under)).toEqual(at(40));
      expect(await store.reads.coveredAt('Product2')).toBeUndefined();
    }));

  it('falls back with the applied position when a crash takes rows that had not reached the disk', () =>
    withStore(async (under) => {
      const { store, db } = under;
      await store.ledger.prove(interval(null, 30, { via: 'backfill' }), []);
      const mine = await lease(store);
      await store.streamLog.append(mine, batchOf([], 30));
      await store.streamLog.append(mine, commits(31, 40));
      await drain(store);
      // What a crash does to transactions that did not wait for the disk: the positions are gone with the rows.
      await db.rows('DELETE FROM sf_lane_applied');
      expect(await covered(under)).toEqual(at(30));
    }));

  it('ends where an open hole of the object starts; holes of records lower only their rows', () =>
    withStore(async (under) => {
      const { ledger } = under.store;
      await ledger.prove(interval(null, 80, { via: 'backfill' }), []);
      await ledger.open(hole({ scope: 'record', recordId: '001A', cause: 'gap', from: at(10) }));
      await ledger.open(hole({ object: 'Product2', from: at(10) }));
      expect(await covered(under)).toEqual(at(80));
      await ledger.open(hole());
      expect(await covered(under)).toEqual(at(50));
    }));
});

describe('holes', () => {
  it('are opened once and widened by the next of their kind', () =>
    withStore(async ({ store: { ledger } }) => {
      const first = await ledger.open(hole({ version: stamp(50) }));
      const second = await ledger.open(hole({ from: at(45), version: stamp(60) }));
      expect(second).toEqual({ ...first, from: at(45), version: stamp(60), openedAt: expect.any(Date) });
      const third = await ledger.open(hole({ from: at(70) }));
      expect(third).toEqual({ ...second, openedAt: expect.any(Date) });
      expect(third.openedAt > first.openedAt).toBe(true);
      const other = await ledger.open(hole({ cause: 'wildcard', from: at(40) }));
      expect(await ledger.openHoles()).toEqual([other, third]);
    }));

  it('close with the interval that covers them, stamped high enough, and only then', () =>
    withStore(async (under) => {
      const { ledger } = under.store;
      await under.db.shiftClock(at(60).getTime() - Date.now());
      await ledger.prove(interval(null, 40, { via: 'backfill' }), []);
      const { id } = await ledger.open(hole({ from: at(40), version: stamp(50) }));
      const closing = (changes: Partial<CoverageInterval>) =>
        ledger.prove(interval(null, 90, { via: 'backfill', ...changes }), [id]);
      expect(await closing({ stamp: stamp(49) })).toEqual([]);
      expect(await closing({})).toEqual([]);
      expect(await closing({ stamp: stamp(51), from: at(41) })).toEqual([]);
      expect(await closing({ stamp: stamp(51), to: at(39) })).toEqual([]);
      expect(await closing({ stamp: stamp(51), object: 'Product2' })).toEqual([]);
      expect(await covered(under)).toEqual(at(40));
      expect(await closing({ stamp: stamp(50) })).toEqual([id]);
      expect(await covered(under)).toEqual(at(90));
      expect(await closing({ stamp: stamp(50) })).toEqual([]);
      expect(await ledger.openHoles()).toEqual([]);
    }));

  it('that are widened while a read is under way are not closed by it', () =>
    withStore(async ({ store: { ledger }, db }) => {
      const clock = (n: number) => db.shiftClock(at(n).getTime() - Date.now());
      await clock(60);
      const { id } = await ledger.open(hole({ cause: 'undecodable' }));
      const read = (to: number) =>
        ledger.prove(interval(null, to, { via: 'backfill', stamp: stamp(70) }), [id]);
      await clock(100);
      await ledger.open(hole({ cause: 'undecodable' }));
      expect(await read(90)).toEqual([]);
      expect(await read(130)).toEqual([id]);
    }));

  it('of records close with a read of the record', () =>
    withStore(async ({ store: { ledger } }) => {
      const gap = (record: string, version: Version | null) =>
        ledger.open(hole({ scope: 'record', recordId: record, cause: 'gap', version }));
      const [a, b, c] = [await gap('001A', stamp(5)), await gap('001B', stamp(9)), await gap('001C', null)];
      const whole = await ledger.open(hole());
      const ids = [a.id, b.id, c.id, whole.id];
      expect(await ledger.closeRecords(ids, 'refresh', stamp(7))).toEqual([a.id, c.id]);
      expect(await ledger.closeRecords(ids, 'refresh', null)).toEqual([]);
      expect((await ledger.openHoles()).map(({ id }) => id).toSorted()).toEqual([b.id, whole.id].toSorted());
    }));
});

describe('a new epoch', () => {
  it('ends every proof, opens holes, and leaves the old backlog to be applied', () =>
    withStore(async (under) => {
      const { store } = under;
      const mine = await lease(store);
      await store.ledger.prove(interval(null, 30, { via: 'backfill' }), []);
      await store.streamLog.append(mine, batchOf([], 30));
      await store.streamLog.append(mine, commits(31, 33));
      expect(await store.streamLog.raiseEpoch(mine, 'replay-refused')).toBe(1);
      expect(await store.shadow.epoch('Account')).toBe(1);
      expect(await covered(under)).toBeUndefined();
      expect(await store.streamLog.position(mine.streamId)).toMatchObject({
        epoch: 1,
        replayId: null,
        commitNumber: null,
        evidenceAt: null,
        nextSeq: 4n,
      });
      const bottom = encodeVersion({ epoch: 1, commitNumber: 0n, sequenceNumber: 0, rank: 0, readSeq: 0n });
      expect(await store.ledger.openHoles()).toMatchObject([
        { object: 'Account', cause: 'replay-rejected', from: at(33), version: bottom },
      ]);
      await expect(store.streamLog.append(mine, commits(34, 34))).rejects.toMatchObject({
        code: 'SYNC_FENCED',
      });
      const again = await store.streamLog.append(mine, commits(33, 34, { epoch: 1 }));
      expect(again).toMatchObject({ stored: 2, duplicates: 0 });
      expect((await drain(store)).toSorted()).toEqual([31, 32, 33, 33, 34]);
    }));

  it('is shared by all topics of an object: their owners are fenced off and follow', () =>
    withStore(async ({ store }) => {
      const mine = await lease(store);
      const other = await lease(store, 'you', ['Account', 'Product2'], '/data/Shop__chn');
      await store.streamLog.append(other, commits(1, 2));
      expect(await store.streamLog.raiseEpoch(mine, 'org-changed')).toBe(1);
      await expect(store.streamLog.append(other, commits(3, 3))).rejects.toMatchObject({
        code: 'SYNC_FENCED',
      });
      const next = await lease(store, 'you', ['Account', 'Product2'], '/data/Shop__chn');
      expect(await store.streamLog.position(next.streamId)).toMatchObject({ epoch: 1, replayId: null });
      expect(await store.shadow.epoch('Product2')).toBe(1);
      expect((await store.ledger.openHoles()).map(({ object, cause }) => [object, cause]).toSorted()).toEqual(
        [
          ['Account', 'epoch-raised'],
          ['Product2', 'epoch-raised'],
        ],
      );
    }));
});

describe('a cursor moved by hand', () => {
  it('fences the owner off and leaves a hole that later evidence does not bridge', () =>
    withStore(async (under) => {
      const { store } = under;
      const mine = await lease(store);
      await store.ledger.prove(interval(null, 30, { via: 'backfill' }), []);
      await store.streamLog.append(mine, batchOf([], 30));
      await store.streamLog.append(mine, batchOf([], 35));
      await store.streamLog.setCursor(topic, Buffer.from('elsewhere'));
      await expect(store.streamLog.append(mine, batchOf([], 36))).rejects.toMatchObject({
        code: 'SYNC_FENCED',
      });
      const next = await lease(store);
      const { replayId } = await store.streamLog.position(next.streamId);
      expect(Buffer.from(replayId!).toString()).toBe('elsewhere');
      await store.streamLog.append(next, batchOf([], 60));
      expect(await covered(under)).toEqual(at(35));
      const [open] = await store.ledger.openHoles();
      expect(open).toMatchObject({ cause: 'operator-skip', from: at(35) });
      expect(await store.ledger.prove(interval(30, 60), [open!.id])).toEqual([open!.id]);
      expect(await covered(under)).toEqual(at(60));
      await expect(store.streamLog.setCursor('/data/Nothing', null)).rejects.toMatchObject({
        code: 'STORE_REJECTED',
      });
    }));
});

describe('the position that a read is stamped with', () => {
  it('is one that was durable long enough ago, of the present epoch', () =>
    withStore(async ({ store, db }) => {
      const position = () => store.streamLog.durablePosition('Account', 300);
      const none = { epoch: 0, commitNumber: null, commitTimestamp: null };
      expect(await position()).toEqual(none);
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(1, 5));
      await store.streamLog.samplePositions();
      expect(await position()).toEqual(none);
      await db.shiftClock(299_000);
      await store.streamLog.append(mine, commits(6, 9));
      await store.streamLog.samplePositions();
      expect(await position()).toEqual(none);
      await db.shiftClock(302_000);
      await store.streamLog.samplePositions();
      expect(await position()).toEqual({ epoch: 0, commitNumber: 5n, commitTimestamp: committedAt(5) });
      expect(await store.streamLog.durablePosition('Product2', 300)).toEqual(none);
    }));

  it('stays in the old epoch until a sample of the new one is old enough', () =>
    withStore(async ({ store, db }) => {
      const position = () => store.streamLog.durablePosition('Account', 300);
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(1, 5));
      await store.streamLog.raiseEpoch(mine, 'operator');
      // No sample was ever taken: nothing but the end of the old numbering is known.
      expect(await position()).toMatchObject({ epoch: 0, commitNumber: null });
      await store.streamLog.samplePositions(0);
      expect(await position()).toMatchObject({ epoch: 0, commitNumber: null });
      await db.shiftClock(301_000);
      await store.streamLog.samplePositions();
      expect(await position()).toMatchObject({ epoch: 0, commitNumber: 5n });
      await store.streamLog.append(mine, commits(6, 6, { epoch: 1 }));
      await db.shiftClock(602_000);
      await store.streamLog.samplePositions();
      expect(await position()).toMatchObject({ epoch: 1, commitNumber: null });
      await db.shiftClock(903_000);
      await store.streamLog.samplePositions();
      expect(await position()).toMatchObject({ epoch: 1, commitNumber: 6n });
    }));

  it('is not made older by a clock that steps, forwards or backwards', () =>
    withStore(async ({ store, db }) => {
      const position = async () => (await store.streamLog.durablePosition('Account', 300)).commitNumber;
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(1, 5));
      await store.streamLog.samplePositions(0);
      await db.shiftClock(3_600_000);
      await store.streamLog.samplePositions(10_000);
      expect(await position()).toBeNull();
      await db.shiftClock(-3_600_000);
      await store.streamLog.samplePositions(10_000);
      expect(await position()).toBeNull();
      // Another process, which has not sampled before, adds nothing of its own.
      await db.shiftClock(0);
      await store.streamLog.samplePositions(0);
      expect(await position()).toBeNull();
      await db.shiftClock(300_000);
      await store.streamLog.samplePositions(400_000);
      expect(await position()).toBe(5n);
    }));

  it('stays known on a quiet topic while old samples go', () =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(1, 5));
      for (let hours = 0; hours < 4; hours += 0.4) {
        await db.shiftClock(hours * 3_600_000);
        await store.streamLog.samplePositions();
      }
      expect(await db.rows('SELECT 1 FROM sf_stream_sample')).toHaveLength(3);
      expect(await store.streamLog.durablePosition('Account', 300)).toMatchObject({ commitNumber: 5n });
    }));
});
