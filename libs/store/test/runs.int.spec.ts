import { describe, expect, it } from '@jest/globals';
import { SOURCE_STALENESS_MS, type LandedPage, type RunStore } from '@umbra/domain';
import { build, inMain, stamp } from './records.ts';
import { withStore, type StoreUnderTest } from './with-store.ts';

const whole = { fromId: null, toId: null };
const readAt = new Date('2026-03-01T10:00:00.000Z');

async function runOf(runs: RunStore, since: string | null = null): Promise<string> {
  const run = await runs.createRun({ objects: ['Product2', 'Account'], since }, [
    { object: 'Product2', ...whole },
    { object: 'Account', ...whole },
  ]);
  return run.id;
}

const landPage = (
  { store }: StoreUnderTest,
  run: string,
  owner: string,
  page: LandedPage,
  counts = { landed: page.rows, parked: 0 },
) => store.shadow.transaction((tx) => store.runs.pageLanded(tx, run, 0, owner, page, counts));

describe('backfill runs', () => {
  it('are stored with their slices, and the newest unfinished one is found again', () =>
    withStore(async ({ store: { runs }, db }) => {
      expect(await runs.unfinishedRun()).toBeUndefined();
      const first = await runOf(runs);
      await db.shiftClock(1_000);
      const second = await runOf(runs, '2026-02-01T00:00:00.000Z');
      expect(await runs.unfinishedRun()).toEqual({
        id: second,
        objects: ['Product2', 'Account'],
        since: '2026-02-01T00:00:00.000Z',
        state: 'running',
        startedAt: expect.any(Date),
        finishedAt: null,
        callsSpent: 0,
      });
      const empty = {
        ...{ state: 'pending', jobId: null, stamp: null, schemaRev: null, columns: null, promised: null },
        ...{ received: 0, landedRows: 0, parkedRows: 0, readAt: null, failures: 0 },
      };
      expect(await runs.slices(first)).toEqual([
        { run: first, slice: 0, object: 'Product2', ...whole, ...empty },
        { run: first, slice: 1, object: 'Account', ...whole, ...empty },
      ]);
      await runs.addCalls(second, 5);
      await runs.addCalls(second, 2);
      await runs.finishRun(second, 'failed');
      expect(await runs.unfinishedRun()).toMatchObject({ id: second, state: 'failed', callsSpent: 7 });
      await runs.finishRun(second, 'abandoned');
      expect(await runs.unfinishedRun()).toMatchObject({ id: first });
      expect((await runs.recentRuns(5)).map(({ id }) => id)).toEqual([second, first]);
      expect(await runs.recentRuns(1)).toHaveLength(1);
      expect(await runs.run(first)).toMatchObject({ id: first });
      expect(await runs.run('00000000-0000-4000-8000-000000000000')).toBeUndefined();
    }));

  it('have one holder per slice until its lease ends by the clock of the database', () =>
    withStore(async ({ store: { runs }, db }) => {
      const run = await runOf(runs);
      expect(await runs.takeSlice(run, 0, 'one', 30)).toMatchObject({ slice: 0, object: 'Product2' });
      expect(await runs.takeSlice(run, 0, 'two', 30)).toBeUndefined();
      expect(await runs.takeSlice(run, 0, 'one', 30)).toBeDefined();
      expect(await runs.takeSlice(run, 7, 'one', 30)).toBeUndefined();
      expect(await runs.renewSlice(run, 0, 'two', 30)).toBe(false);
      await db.shiftClock(20_000);
      expect(await runs.renewSlice(run, 0, 'one', 30)).toBe(true);
      await db.shiftClock(45_000);
      expect(await runs.takeSlice(run, 0, 'two', 30)).toBeUndefined();
      await db.shiftClock(55_000);
      expect(await runs.takeSlice(run, 0, 'two', 30)).toBeDefined();
      expect(await runs.renewSlice(run, 0, 'one', 30)).toBe(false);
      await runs.releaseSlice(run, 0, 'one');
      expect(await runs.takeSlice(run, 0, 'one', 30)).toBeUndefined();
      await runs.releaseSlice(run, 0, 'two');
      expect(await runs.takeSlice(run, 0, 'one', 30)).toBeDefined();
    }));

  it('refuse every write of a holder that lost its lease', () =>
    withStore(async (under) => {
      const { runs } = under.store;
      const run = await runOf(runs);
      await runs.takeSlice(run, 0, 'new', 30);
      const busy = { code: 'SYNC_BUSY', kind: 'conflict' };
      await expect(runs.updateSlice(run, 0, 'old', { state: 'landing' })).rejects.toMatchObject(busy);
      await expect(runs.forgetJob(run, 0, 'old')).rejects.toMatchObject(busy);
      const page = { locator: '', nextLocator: null, rows: 1 };
      await expect(landPage(under, run, 'old', page)).rejects.toMatchObject(busy);
      expect(await runs.landedPages(run, 0)).toEqual([]);
    }));

  it('keep what is known of a slice, and forget it with its job', () =>
    withStore(async (under) => {
      const { runs } = under.store;
      const run = await runOf(runs);
      await runs.takeSlice(run, 0, 'me', 30);
      const known = {
        state: 'landing' as const,
        ...{ jobId: '750A', stamp: stamp(5), schemaRev: 2, columns: ['Id', 'Name'] },
        ...{ promised: 10, readAt },
      };
      await runs.updateSlice(run, 0, 'me', known);
      expect(await landPage(under, run, 'me', { locator: '', nextLocator: 'b', rows: 6 })).toBe(true);
      const counts = { landed: 3, parked: 1 };
      expect(await landPage(under, run, 'me', { locator: 'b', nextLocator: null, rows: 4 }, counts)).toBe(
        true,
      );
      expect(await runs.landedPages(run, 0)).toEqual([
        { locator: '', nextLocator: 'b', rows: 6 },
        { locator: 'b', nextLocator: null, rows: 4 },
      ]);
      const [slice] = await runs.slices(run);
      expect(slice).toMatchObject({ ...known, received: 10, landedRows: 9, parkedRows: 1, failures: 0 });
      await runs.forgetJob(run, 0, 'me');
      expect(await runs.landedPages(run, 0)).toEqual([]);
      const [forgotten] = await runs.slices(run);
      expect(forgotten).toMatchObject({
        ...{ state: 'pending', jobId: null, stamp: null, schemaRev: null, columns: null, promised: null },
        ...{ received: 0, landedRows: 0, parkedRows: 0, readAt: null, failures: 1 },
      });
    }));

  it('record a page once, with its rows or not at all', () =>
    withStore(async (under) => {
      const { store, db } = under;
      const run = await runOf(store.runs);
      await store.runs.takeSlice(run, 0, 'me', 30);
      await store.runs.updateSlice(run, 0, 'me', { jobId: '750A' });
      const page = { locator: '', nextLocator: null, rows: 1 };
      const rolledBack = new Error('rolled back');
      await expect(
        store.shadow.transaction(async (tx) => {
          await tx.write([inMain('Product2', build.Product2(), stamp(5))]);
          await store.runs.pageLanded(tx, run, 0, 'me', page, { landed: 1, parked: 0 });
          throw rolledBack;
        }),
      ).rejects.toBe(rolledBack);
      expect(await store.runs.landedPages(run, 0)).toEqual([]);
      expect(await landPage(under, run, 'me', page)).toBe(true);
      expect(await landPage(under, run, 'me', page)).toBe(false);
      expect(await db.rows('SELECT 1 FROM sf_backfill_page')).toHaveLength(1);
    }));

  it('take the transaction of their own store only', () =>
    withStore(async ({ store }) => {
      const page = { locator: '', nextLocator: null, rows: 1 };
      const foreign = {} as Parameters<RunStore['pageLanded']>[0];
      await expect(
        store.runs.pageLanded(foreign, 'run', 0, 'me', page, { landed: 1, parked: 0 }),
      ).rejects.toThrow(TypeError);
    }));

  it('split a slice into narrower ones', () =>
    withStore(async ({ store: { runs } }) => {
      const run = await runOf(runs);
      await runs.splitSlice(run, 0, [
        { fromId: null, toId: '01t5' },
        { fromId: '01t5', toId: null },
      ]);
      const slices = await runs.slices(run);
      expect(
        slices.map(({ slice, object, fromId, toId, state }) => [slice, object, fromId, toId, state]),
      ).toEqual([
        [1, 'Account', null, null, 'pending'],
        [2, 'Product2', null, '01t5', 'pending'],
        [3, 'Product2', '01t5', null, 'pending'],
      ]);
    }));
});

describe('coverage', () => {
  async function complete({ store: { runs } }: StoreUnderTest, since: string | null, epoch = 0) {
    const run = await runOf(runs, since);
    for (const slice of [0, 1]) {
      await runs.takeSlice(run, slice, 'me', 30);
      const at = new Date(readAt.getTime() + slice * 60_000);
      await runs.updateSlice(run, slice, 'me', { state: 'complete', stamp: stamp(5, epoch), readAt: at });
    }
    await runs.finishRun(run, 'complete');
    return run;
  }

  it('begins with the first complete run, at the start of the read less what a read may miss', () =>
    withStore(async (under) => {
      const { runs, reads } = under.store;
      expect(await reads.coveredAt('Account')).toBeUndefined();
      expect(await runs.lastCompleteStart('Account')).toBeUndefined();
      const run = await complete(under, null);
      expect(await reads.coveredAt('Product2')).toEqual(new Date(readAt.getTime() - SOURCE_STALENESS_MS));
      expect(await reads.coveredAt('Account')).toEqual(
        new Date(readAt.getTime() + 60_000 - SOURCE_STALENESS_MS),
      );
      expect(await reads.coveredAt('PricebookEntry')).toBeUndefined();
      expect(await runs.lastCompleteStart('Account')).toEqual((await runs.run(run))?.startedAt);
    }));

  it('is written once, and by complete runs over everything only', () =>
    withStore(async (under) => {
      const { runs, reads } = under.store;
      await complete(under, '2026-02-01T00:00:00.000Z');
      await runs.finishRun(await runOf(runs), 'failed');
      await runs.finishRun(await runOf(runs), 'abandoned');
      expect(await reads.coveredAt('Account')).toBeUndefined();
      const run = await complete(under, null);
      await runs.finishRun(run, 'complete');
      await runs.finishRun(run, 'failed');
      expect(await under.db.rows('SELECT 1 FROM sf_coverage')).toHaveLength(2);
      expect(await runs.run(run)).toMatchObject({ state: 'complete' });
    }));

  it('goes on as long as interval joins interval, within the current epoch', () =>
    withStore(async (under) => {
      const { reads } = under.store;
      const add = (from: string, to: string, epoch = 0) =>
        under.db.rows(
          `INSERT INTO sf_coverage (object, facet, from_at, to_at, via, epoch)
           VALUES ('Account', 'rows', $1, $2, 'delta', $3)`,
          [`2026-03-01T${from}Z`, `2026-03-01T${to}Z`, epoch],
        );
      const end = (time: string) => new Date(`2026-03-01T${time}Z`);
      await complete(under, null);
      await add('11:00', '12:00');
      expect(await reads.coveredAt('Account')).toEqual(end('09:56'));
      await add('09:00', '10:30');
      expect(await reads.coveredAt('Account')).toEqual(end('10:30'));
      await add('10:30', '11:10');
      expect(await reads.coveredAt('Account')).toEqual(end('12:00'));
      await under.db.rows(`INSERT INTO sf_object_state (object, epoch) VALUES ('Account', 1)`);
      expect(await reads.coveredAt('Account')).toBeUndefined();
      await complete(under, null, 1);
      expect(await reads.coveredAt('Account')).toEqual(end('09:56'));
    }));
});
