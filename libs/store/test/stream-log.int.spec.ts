import { describe, expect, it } from '@jest/globals';
import {
  changesOf,
  batchOf,
  commits,
  committedAt,
  drain,
  event,
  lease,
  replayIdOf,
  topic,
} from './stream-events.ts';
import { withStore } from './with-store.ts';

const fenced = { code: 'SYNC_FENCED', retry: 'never' };
const counts = `SELECT (SELECT count(*)::int FROM sf_raw_event) AS events, (SELECT count(*)::int FROM sf_change) AS changes`;

describe('an append', () => {
  it('stores bytes, changes and position together', () =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      const stored = await store.streamLog.append(mine, commits(1, 3));
      expect(stored).toMatchObject({ stored: 3, duplicates: 0, outOfOrder: 0 });
      expect(await store.streamLog.position(mine.streamId)).toEqual({
        epoch: 0,
        replayId: replayIdOf(3),
        commitNumber: 3n,
        commitTimestamp: committedAt(3),
        evidenceAt: new Date(committedAt(3)),
        evidenceFrom: new Date(committedAt(3)),
        nextSeq: 4n,
      });
      const [row] = await db.rows('SELECT * FROM sf_raw_event WHERE stream_seq = 2');
      const { event: original, fingerprint } = event(2);
      expect(row).toMatchObject({
        stream_seq: '2',
        event_id: original.eventId,
        schema_id: original.schemaId,
        payload: original.payload,
        replay_id: original.replayId,
        fingerprint,
        decoded: true,
        error: null,
      });
      const lanes = await db.rows(
        'SELECT lane, max(stream_seq)::int AS top FROM sf_change GROUP BY 1 ORDER BY 1',
      );
      expect(stored.lanes.map(({ lane, upTo }) => ({ lane, top: Number(upTo) }))).toEqual(lanes);
    }));

  it('absorbs what is there already, within a batch and across batches, under other replay ids', () =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(1, 5));
      const again = [event(4), event(5), event(6), event(6), event(2)].map((one, at) => {
        return { ...one, event: { ...one.event, replayId: replayIdOf(100 + at) } };
      });
      expect(await store.streamLog.append(mine, batchOf(again, 6))).toMatchObject({
        stored: 1,
        duplicates: 4,
        outOfOrder: 0,
        lanes: [{ upTo: expect.any(BigInt) }],
      });
      expect(await db.rows(counts)).toEqual([{ events: 6, changes: 6 }]);
    }));

  it('names one change per record, and merges late events without moving the position back', () =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      const many = event(9, { ids: ['001A', '001B', '001C'] });
      await store.streamLog.append(mine, batchOf([many], 9));
      const late = await store.streamLog.append(mine, batchOf([event(7), event(10), event(8)], 8));
      expect(late).toMatchObject({ stored: 3, outOfOrder: 2 });
      expect(await store.streamLog.position(mine.streamId)).toMatchObject({
        commitNumber: 9n,
        commitTimestamp: committedAt(10),
      });
      expect(
        await db.rows('SELECT record_id, ord, late FROM sf_change WHERE length(record_id) = 4 ORDER BY ord'),
      ).toMatchObject([{ ord: 0, late: false }, { ord: 1 }, { ord: 2 }]);
      expect(await db.rows('SELECT count(*)::int AS n FROM sf_change WHERE late')).toEqual([{ n: 2 }]);
      expect(await store.changeLog.oldestUnapplied()).toEqual(new Map([['Account', committedAt(7)]]));
    }));

  it('keeps the checkpoint when a keep-alive has none, and takes its evidence', () =>
    withStore(async ({ store }) => {
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(1, 2));
      const nothing = { replayId: new Uint8Array(), commitNumber: null, commitTimestamp: null };
      await store.streamLog.append(
        mine,
        batchOf([], 0, { ...nothing, evidenceAt: new Date(committedAt(50)) }),
      );
      expect(await store.streamLog.position(mine.streamId)).toMatchObject({
        replayId: replayIdOf(2),
        commitNumber: 2n,
        evidenceAt: new Date(committedAt(50)),
        evidenceFrom: new Date(committedAt(2)),
        nextSeq: 3n,
      });
    }));

  it('waits for the disk even where the server does not by default', () =>
    withStore(async ({ store, db }) => {
      // Seen from inside the transaction, after the append's last statement: a deferred trigger fires at COMMIT.
      await db.rows(`CREATE TABLE seen (value text)`);
      await db.rows(`CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$`);
      await db.rows(`CREATE CONSTRAINT TRIGGER see AFTER UPDATE ON sf_stream DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION see()`);
      const mine = await lease(store);
      await db.rows('TRUNCATE seen');
      await store.streamLog.append(mine, commits(1, 1));
      expect(await db.rows('SELECT * FROM seen')).toEqual([{ value: 'on' }]);
    }));

  it('leaves nothing when its server process is killed in the middle, and is repeated whole', () =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      await db.rows(`CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$`);
      await db.rows(`CREATE TRIGGER die BEFORE UPDATE ON sf_stream FOR EACH ROW EXECUTE FUNCTION die()`);
      await expect(store.streamLog.append(mine, commits(1, 50))).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
      });
      expect(await db.rows(counts)).toEqual([{ events: 0, changes: 0 }]);
      expect(await store.streamLog.position(mine.streamId)).toMatchObject({ replayId: null, nextSeq: 1n });
      await db.rows('DROP TRIGGER die ON sf_stream');
      expect(await store.streamLog.append(mine, commits(1, 50))).toMatchObject({ stored: 50 });
    }));

  it.each(['40P01', '40001'])('is repeated after %s', (state) =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      await db.rows('CREATE SEQUENCE tries');
      await db.rows(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF nextval('tries') <= 3 THEN RAISE EXCEPTION 'poison' USING ERRCODE = '${state}'; END IF;
          RETURN NEW;
        END $$`);
      await db.rows(
        `CREATE TRIGGER refuse BEFORE INSERT ON sf_change FOR EACH ROW EXECUTE FUNCTION refuse()`,
      );
      expect(await store.streamLog.append(mine, commits(1, 2))).toMatchObject({ stored: 2, duplicates: 0 });
      expect(await db.rows(counts)).toEqual([{ events: 2, changes: 2 }]);
    }),
  );

  it('gives up after five repetitions and has stored nothing', () =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      await db.rows(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'poison' USING ERRCODE = '40P01'; END $$`);
      await db.rows(
        `CREATE TRIGGER refuse BEFORE INSERT ON sf_change FOR EACH ROW EXECUTE FUNCTION refuse()`,
      );
      await expect(store.streamLog.append(mine, commits(1, 2))).rejects.toMatchObject({
        code: 'STORE_CONFLICT',
      });
      expect(await db.rows(counts)).toEqual([{ events: 0, changes: 0 }]);
    }));
});

describe('the lease', () => {
  it('has one owner by the clock of the database, renewed while it streams', () =>
    withStore(async ({ store: { streamLog }, db }) => {
      const first = await streamLog.acquire(topic, ['Account'], 'first', 15);
      expect(first).toMatchObject({ fence: 1n, owner: 'first' });
      expect(await streamLog.acquire(topic, ['Account'], 'second', 15)).toBeUndefined();
      await db.shiftClock(14_000);
      expect(await streamLog.renew(first!, 15)).toBe(true);
      await db.shiftClock(28_000);
      expect(await streamLog.acquire(topic, ['Account'], 'second', 15)).toBeUndefined();
      await db.shiftClock(30_000);
      const second = await streamLog.acquire(topic, ['Account'], 'second', 15);
      expect(second).toMatchObject({ fence: 2n, streamId: first!.streamId });
      expect(await streamLog.renew(first!, 15)).toBe(false);
      await streamLog.release(first!);
      expect(await streamLog.acquire(topic, ['Account'], 'third', 15)).toBeUndefined();
      await streamLog.release(second!);
      expect(await streamLog.acquire(topic, ['Account'], 'third', 15)).toMatchObject({ fence: 3n });
      expect(await streamLog.streams()).toMatchObject([
        { topic, owner: 'third', leaseAlive: true, fence: 3n },
      ]);
    }));

  it('goes to one of those who come at the same time', () =>
    withStore(async ({ store: { streamLog } }) => {
      const taken = await Promise.all(
        ['a', 'b', 'c', 'd'].map((owner) => streamLog.acquire(topic, ['Account'], owner, 15)),
      );
      expect(taken.filter((one) => one !== undefined)).toHaveLength(1);
    }));

  it('lets nothing in, and is not renewed, once the position went back behind what was stored', () =>
    withStore(async ({ store: { streamLog }, store, db }) => {
      const mine = await lease(store);
      const { nextSeq } = await streamLog.position(mine.streamId);
      await streamLog.append(mine, { ...commits(1, 2), seen: nextSeq });
      const seen = nextSeq + 2n;
      expect(await streamLog.renew(mine, 15, seen)).toBe(true);
      // As in a failover to a server that had not got the batch yet.
      await db.rows('UPDATE sf_stream SET next_seq = next_seq - 2');
      expect(await streamLog.renew(mine, 15, seen)).toBe(false);
      await expect(streamLog.append(mine, { ...commits(3, 4), seen })).rejects.toMatchObject({
        code: 'SYNC_FENCED',
      });
    }));

  it('once lost, lets nothing more in: the zombie stores neither events nor position', () =>
    withStore(async ({ store, db }) => {
      const zombie = await lease(store, 'zombie');
      await store.streamLog.append(zombie, commits(1, 2));
      await db.shiftClock(16_000);
      const owner = await lease(store, 'owner');
      await expect(store.streamLog.append(zombie, commits(3, 4))).rejects.toMatchObject(fenced);
      await expect(store.streamLog.append(zombie, batchOf([], 9))).rejects.toMatchObject(fenced);
      await expect(store.streamLog.raiseEpoch(zombie, 'operator')).rejects.toMatchObject(fenced);
      expect(await store.streamLog.position(owner.streamId)).toMatchObject({
        replayId: replayIdOf(2),
        nextSeq: 3n,
      });
      expect(await db.rows(counts)).toEqual([{ events: 2, changes: 2 }]);
      expect(await store.streamLog.append(owner, commits(3, 4))).toMatchObject({ stored: 2 });
    }));

  it('taken over in the middle of an append: either that is before the new owner reads the position, or refused', () =>
    withStore(async ({ store, db }) => {
      const old = await lease(store, 'old');
      await db.shiftClock(16_000);
      const [appended, taken] = await Promise.allSettled([
        store.streamLog.append(old, commits(1, 200)),
        lease(store, 'new'),
      ]);
      if (taken.status === 'rejected') throw taken.reason;
      const { nextSeq } = await store.streamLog.position(taken.value.streamId);
      expect(nextSeq).toBe(appended.status === 'fulfilled' ? 201n : 1n);
      await expect(store.streamLog.append(old, commits(201, 202))).rejects.toMatchObject(fenced);
    }));
});

describe('events that do not decode', () => {
  it('are stored with their bytes, and decoded later where no lane has passed', () =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      const broken = event(2, { error: 'schema-unknown' });
      await store.streamLog.append(mine, batchOf([event(1), broken, event(3)], 3));
      expect((await drain(store)).toSorted()).toEqual([1, 3]);
      const [waiting] = await store.streamLog.undecoded(10);
      const commit = { commitNumber: 2n, commitTimestamp: committedAt(2) };
      expect(waiting).toMatchObject({
        streamSeq: 2n,
        epoch: 0,
        schemaId: 'schema-1',
        payload: broken.event.payload,
      });
      const lanes = await store.streamLog.decoded(waiting!, changesOf(2, { ids: ['001A', '001B'] }), commit);
      expect(lanes.every(({ upTo }) => upTo === 4n)).toBe(true);
      expect(await store.streamLog.undecoded(10)).toEqual([]);
      expect(await store.streamLog.decoded(waiting!, changesOf(2), commit)).toEqual([]);
      const seen: Uint8Array[] = [];
      for (const { lane } of lanes) {
        await store.changeLog.withLanes([lane], async (tx) => {
          const changes = await tx.pending({ changes: 10, bytes: 1_000 });
          seen.push(...changes.map(({ payload }) => payload));
          await tx.applied(changes);
        });
      }
      expect(seen).toEqual([broken.event.payload, broken.event.payload]);
      expect(await db.rows(counts)).toEqual([{ events: 3, changes: 4 }]);
      expect(await store.streamLog.append(mine, commits(4, 4))).toMatchObject({ lanes: [{ upTo: 5n }] });
    }));

  it('move the position of a topic that brought nothing else, when they are read', () =>
    withStore(async ({ store }) => {
      const mine = await lease(store);
      const nothing = { commitNumber: null, commitTimestamp: null };
      await store.streamLog.append(mine, batchOf([event(7, { error: 'schema-unknown' })], 7, nothing));
      expect((await store.streamLog.position(mine.streamId)).commitNumber).toBeNull();
      const [waiting] = await store.streamLog.undecoded(10);
      const commit = { commitNumber: 7n, commitTimestamp: committedAt(7) };
      await store.streamLog.decoded(waiting!, changesOf(7), commit);
      expect(await store.streamLog.position(mine.streamId)).toMatchObject(commit);
    }));
});

describe('partitions', () => {
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const homes = `SELECT event_day::text AS day, tableoid::regclass::text AS home FROM sf_raw_event ORDER BY event_day`;
  const named = (text: string) => `sf_raw_event_${text.replaceAll('-', '')}`;

  it('are made on demand and two days ahead, also by two processes at once; absurd days stay in the default one', () =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      const days = ['1970-01-01', day(-3), day(0), '9998-01-01'];
      const batch = batchOf(
        days.map((one, at) => event(at + 1, { day: one })),
        4,
      );
      await Promise.all([
        store.streamLog.append(mine, batch),
        ...[1, 2].map(() => db.rows('SELECT sf_ensure_partitions($1)', [day(-1)])),
      ]);
      expect(await db.rows(homes)).toEqual([
        { day: '1970-01-01', home: 'sf_raw_event_default' },
        { day: day(-3), home: named(day(-3)) },
        { day: day(0), home: named(day(0)) },
        { day: '9998-01-01', home: 'sf_raw_event_default' },
      ]);
      expect(await store.streamLog.strays()).toBe(2);
      for (const ahead of [day(1), day(2)]) {
        expect(await db.rows('SELECT to_regclass($1)::text AS t', [named(ahead)])).toEqual([
          { t: named(ahead) },
        ]);
      }
      expect(await drain(store)).toHaveLength(4);
    }));

  it('that are missing are replaced by the default one, where duplicates still meet', () =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      const today = day(0);
      await store.streamLog.append(mine, batchOf([event(1, { day: today })], 1));
      await db.rows(`DROP TABLE ${named(today)}`);
      await db.rows(`DROP TABLE ${named(today).replace('raw_event', 'change')}`);
      await store.streamLog.append(mine, batchOf([event(2, { day: today })], 2));
      expect(await store.streamLog.append(mine, batchOf([event(2, { day: today })], 2))).toMatchObject({
        duplicates: 1,
      });
      expect(await store.streamLog.strays()).toBe(1);
      expect(await db.rows('SELECT sf_ensure_partitions($1) AS made', [today])).toEqual([{ made: false }]);
    }));

  it('can be detached by day', () =>
    withStore(async ({ store, db }) => {
      const mine = await lease(store);
      await store.streamLog.append(mine, batchOf([event(1, { day: day(-3) }), event(2, { day: day(0) })], 2));
      await db.rows(`ALTER TABLE sf_raw_event DETACH PARTITION ${named(day(-3))}`);
      expect(await db.rows(homes)).toEqual([{ day: day(0), home: named(day(0)) }]);
      expect(await db.rows(`SELECT count(*)::int AS n FROM ${named(day(-3))}`)).toEqual([{ n: 1 }]);
    }));
});
