import { describe, expect, it } from '@jest/globals';
import type { StagedRow } from '@umbra/domain';
import { FaultProxy, type TestDatabase } from '@umbra/testing';
import { createStore, type Store } from '../src/index.ts';
import { build, facts, inMain, staged, stamp } from './records.ts';
import { withStore } from './with-store.ts';

interface Faulty {
  readonly store: Store;
  readonly proxy: FaultProxy;
  readonly db: TestDatabase;
}

/** A store that reaches its database through a proxy which can misbehave. */
function withFaultyStore(body: (under: Faulty) => Promise<void>): Promise<void> {
  return withStore(async ({ db }) => {
    const { hostname, port } = new URL(db.url);
    const proxy = await FaultProxy.start({ host: hostname, port: Number(port) });
    const store = createStore({
      databaseUrl: proxy.through(db.url),
      applicationName: 'store-test',
      max: 2,
      connectTimeoutMs: 1_000,
    });
    try {
      await body({ store, proxy, db });
    } finally {
      await proxy.close();
      await store.close();
    }
  });
}

async function* noIds(): AsyncGenerator<readonly string[]> {
  await Promise.resolve();
  yield [];
}

const unavailable = { code: 'STORE_UNAVAILABLE', kind: 'unavailable', retry: 'later' };
const page = facts('Account', stamp(5));

describe('when PostgreSQL goes away', () => {
  it('the store can be made before it comes, and works once it is there', () =>
    withFaultyStore(async ({ store, proxy }) => {
      proxy.set({ kind: 'down' });
      await expect(store.check()).rejects.toMatchObject(unavailable);
      await expect(store.ping()).rejects.toMatchObject(unavailable);
      await expect(store.runs.recentRuns(1)).rejects.toMatchObject(unavailable);
      await expect(store.shadow.transaction(async () => undefined)).rejects.toMatchObject(unavailable);
      proxy.set({ kind: 'pass' });
      await store.check();
      await store.ping();
      expect(await store.runs.recentRuns(1)).toEqual([]);
    }));

  it('a transaction that is cut leaves nothing, and the next one works', () =>
    withFaultyStore(async ({ store, proxy, db }) => {
      await expect(
        store.shadow.transaction(async (tx) => {
          await tx.write([inMain('Account', build.Account(), stamp(5))]);
          proxy.reset();
          await tx.write([inMain('Account', build.Account(), stamp(5))]);
        }),
      ).rejects.toMatchObject(unavailable);
      expect(await db.rows('SELECT 1 FROM sf_account_eligibility_shadow')).toEqual([]);
      await store.shadow.transaction((tx) => tx.write([inMain('Account', build.Account(), stamp(5))]));
      expect(await db.rows('SELECT 1 FROM sf_account_eligibility_shadow')).toHaveLength(1);
    }));

  it('an idle connection that is cut is replaced', () =>
    withFaultyStore(async ({ store, proxy }) => {
      await store.ping();
      proxy.reset();
      await expect(store.ping().catch(() => store.ping())).resolves.toBeUndefined();
    }));

  it('a probe gives up on a server that is silent', () =>
    withFaultyStore(async ({ store, proxy }) => {
      await store.ping();
      proxy.set({ kind: 'black-hole' });
      await expect(store.ping(100)).rejects.toMatchObject(unavailable);
    }));

  it('a page that is cut on its way in is not there', () =>
    withFaultyStore(async ({ store, proxy, db }) => {
      const rows = async function* () {
        for (let n = 0; n < 20; n += 1) {
          if (n === 10) proxy.reset();
          yield Array.from({ length: 500 }, () => staged('Account', build.Account()));
        }
      };
      await expect(store.shadow.transaction((tx) => tx.stage(page, rows()))).rejects.toMatchObject(
        unavailable,
      );
      await store.ping();
      expect(await db.rows('SELECT 1 FROM sf_account_eligibility_shadow')).toEqual([]);
    }));
});

describe('when a page breaks', () => {
  it('the error of its source goes through, and the connection serves on', () =>
    withStore(
      async ({ store }) => {
        const broken = new Error('the answer was cut');
        const rows = async function* (): AsyncGenerator<StagedRow[]> {
          yield [staged('Account', build.Account())];
          throw broken;
        };
        await expect(store.shadow.transaction((tx) => tx.stage(page, rows()))).rejects.toBe(broken);
        for (let n = 0; n < 6; n += 1) await store.ping();
      },
      { max: 1 },
    ));

  it('by a value that PostgreSQL cannot take, it is our defect and the connection serves on', () =>
    withStore(
      async ({ store }) => {
        const bad = staged('Account', build.Account(), { payload: '{"Name": ' });
        const rows = [[staged('Account', build.Account())], [bad]];
        await expect(store.shadow.transaction((tx) => tx.stage(page, rows))).rejects.toMatchObject({
          code: 'STORE_REJECTED',
          details: { sqlState: '22P02' },
        });
        await store.ping();
        const good = await store.shadow.transaction((tx) => tx.stage(page, rows.slice(0, 1)));
        expect(good).toBe(1);
      },
      { max: 1 },
    ));

  it('a source slower than the statement timeout is waited for', () =>
    withStore(
      async ({ store, db }) => {
        const rows = async function* () {
          yield [staged('Account', build.Account())];
          // The wait is PostgreSQL's own, so that it ends when the timeout surely has.
          await db.rows('SELECT pg_sleep(0.4)');
          yield [staged('Account', build.Account())];
        };
        const landed = await store.shadow.transaction(async (tx) => {
          await tx.stage(page, rows());
          return (await tx.landStaged(page)).landed;
        });
        expect(landed).toBe(2);
        await expect(
          store.shadow.transaction(async (tx) => {
            await tx.lockAllSkus();
            await store.shadow.transaction((other) => other.lockAllSkus());
          }),
        ).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', details: { sqlState: '57014' } });
      },
      { statementTimeoutMs: 200 },
    ));

  it('a comparison of a large object is waited for beyond it, on both sides of the connection', () =>
    withStore(
      async ({ store, db }) => {
        const whole = { fromId: null, toId: null };
        // Twice as long as a server that says nothing is given.
        const held = db.client.query(
          'BEGIN; LOCK TABLE sf_account_eligibility_shadow; SELECT pg_sleep(0.8); COMMIT',
        );
        const [digests, ranges, unlisted] = await Promise.all([
          store.comparison.digests('Account', [whole]),
          store.comparison.rangesOf('Account', 10),
          store.shadow.unlisted('Account', noIds(), { stamp: stamp(9), youngSince: new Date(), most: 1 }),
        ]);
        await held;
        expect({ digests, ranges, unlisted }).toEqual({
          digests: [{ count: 0, newest: null }],
          ranges: [whole],
          unlisted: { count: 0, records: [] },
        });
      },
      { statementTimeoutMs: 200 },
    ));
});
