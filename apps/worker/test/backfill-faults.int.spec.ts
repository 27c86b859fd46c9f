import { describe, expect, it } from '@jest/globals';
import { UmbraError } from '@umbra/domain';
import { runBackfill, runSlice } from '@umbra/sync';
import { recordId, type Step } from '@umbra/testing';
import { furnish, furnishAwkwardly } from './furnish.ts';
import { Killed, Lifetime, mortalDeps } from './mortal.ts';
import { shadowOf, withMirror, type MirrorUnderTest } from './with-mirror.ts';

const objects = ['Product2', 'PricebookEntry', 'Account'] as const;

/** The tables without what depends on when something was read. */
async function content({ db }: Pick<MirrorUnderTest, 'db'>): Promise<unknown[]> {
  const shadow = await shadowOf(db);
  return [...shadow]
    .map(([id, { home, columns, payload }]) => {
      const user = Object.entries(columns).filter(([name]) => !/^(v_|read_at|updated_at)/.test(name));
      return { id, home, columns: Object.fromEntries(user), payload };
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Throws at the nth step of a kind, then never again. */
function once(call: Step['call'], nth: number, error: Error): (step: Step) => void {
  let seen = 0;
  return (step) => {
    if (step.call === call && ++seen === nth) throw error;
  };
}

describe('a backfill that is killed', () => {
  it('at any moment, again and again, and resumed leads to the same tables', async () => {
    const expected = await withMirror(async (under) => {
      furnishAwkwardly(under.org);
      await runBackfill(under.deps(), { objects });
      return content(under);
    });
    await withMirror(async (under) => {
      furnishAwkwardly(under.org);
      let lives = 0;
      // Each life is a little longer than the ones before, so that the end comes within a dozen or two.
      for (let steps = 3; ; steps = 3 + ((steps * 37) % 61) + 2 * lives) {
        lives++;
        try {
          const deps = mortalDeps(under, new Lifetime(steps), `life ${String(lives)}`);
          const resume = (await under.store.runs.unfinishedRun()) !== undefined;
          const report = await runBackfill(deps, { objects, resume });
          expect(report.outcome).toBe('complete');
          break;
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
          await under.db.shiftClock(lives * 10_000);
        }
      }
      expect(lives).toBeGreaterThan(5);
      expect(await content(under)).toEqual(expected);
    });
  });

  it('reads finished slices and landed pages not again', () =>
    withMirror(async (under) => {
      const { org, deps } = under;
      furnish(org);
      org.onStep = once('page', 4, new Killed());
      await expect(runBackfill(deps('first'), { objects })).rejects.toBeInstanceOf(Killed);
      const before = org.steps.length;
      org.onStep = () => undefined;
      await under.db.shiftClock(10_000);
      const report = await runBackfill(deps('second'), { objects: [], resume: true });
      expect(report.outcome).toBe('complete');
      const after = org.steps.slice(before);
      expect(after.filter(({ call }) => call === 'create')).toHaveLength(0);
      // Product2 and PricebookEntry had landed; of Account's three pages the first had.
      expect(after.filter(({ call }) => call === 'page')).toMatchObject([
        { locator: '150' },
        { locator: '300' },
      ]);
    }));

  it('stops when asked to, and says so', () =>
    withMirror(async ({ org, deps, store, db }) => {
      furnish(org);
      const stop = new AbortController();
      org.onStep = (step) => {
        if (step.call === 'rows' && step.locator === '150') stop.abort();
      };
      const report = await runBackfill(deps(), { objects, signal: stop.signal });
      expect(report.outcome).toBe('interrupted');
      expect(await store.reads.coveredAt('Account')).toBeUndefined();
      expect(await db.rows('SELECT FROM sf_backfill_slice WHERE lease_owner IS NOT NULL')).toEqual([]);
      const resumed = await runBackfill(deps('other'), { objects, resume: true });
      expect(resumed).toMatchObject({ outcome: 'complete', run: report.run });
    }));
});

describe('a source that breaks', () => {
  it('in the middle of a page: the page is read again and nothing of it stays behind', () =>
    withMirror(async ({ org, deps, log }) => {
      furnish(org);
      org.onStep = once('rows', 6, new UmbraError('SF_RESPONSE_INVALID', 'cut'));
      const report = await runBackfill(deps(), { objects });
      expect(report.outcome).toBe('complete');
      expect(log.messages('warn')).toEqual(['page is read again']);
    }));

  it('and promises more rows than it sends: the slice does not count, and the run is not complete', () =>
    withMirror(async ({ org, deps, store }) => {
      furnish(org);
      const status = org.status.bind(org);
      org.status = async (jobId) => {
        const job = await status(jobId);
        return { ...job, numberRecordsProcessed: (job.numberRecordsProcessed ?? 0) + 1 };
      };
      await expect(runBackfill(deps(), { objects: ['Account'] })).rejects.toMatchObject({
        code: 'SF_BULK_ROW_COUNT',
      });
      expect(await store.reads.coveredAt('Account')).toBeUndefined();
      expect((await store.runs.unfinishedRun())?.state).toBe('failed');
      org.status = status;
      const report = await runBackfill(deps(), { objects: [], resume: true });
      expect(report).toMatchObject({
        outcome: 'complete',
        objects: [{ received: 400, landed: 392, parked: 8 }],
      });
    }));

  it('by failing the job twice: the object is read in ranges of ids, and every row lands once', () =>
    withMirror(async ({ org, deps, store }) => {
      furnish(org);
      let failures = 2;
      const status = org.status.bind(org);
      org.status = async (jobId) => {
        const job = await status(jobId);
        return failures-- > 0 ? { ...job, state: 'Failed' } : job;
      };
      const report = await runBackfill(deps(), { objects: ['Account'] });
      expect(report).toMatchObject({
        outcome: 'complete',
        objects: [{ received: 400, landed: 392, parked: 8 }],
      });
      const slices = await store.runs.slices(report.run);
      expect(slices.map(({ fromId, toId, received }) => [fromId === null, toId === null, received])).toEqual([
        [true, false, 100],
        [false, false, 100],
        [false, false, 100],
        [false, true, 100],
      ]);
    }));

  it('by forgetting the job: a new one is made, and landed pages land again', () =>
    withMirror(async ({ org, deps }) => {
      furnish(org);
      org.onStep = once('page', 2, new UmbraError('SF_BULK_JOB_GONE', 'gone'));
      const report = await runBackfill(deps(), { objects: ['Account'] });
      expect(report).toMatchObject({
        outcome: 'complete',
        objects: [{ received: 400, landed: 392, parked: 8 }],
      });
      expect(org.steps.filter(({ call }) => call === 'create')).toHaveLength(2);
    }));

  it('by handing out one locator twice, or for ever', () =>
    withMirror(async ({ org, deps }) => {
      furnish(org);
      const page = org.page.bind(org);
      let tricks = 1;
      org.page = async (jobId, locator, rows) => {
        const honest = await page(jobId, locator, rows);
        return locator === '150' && tricks-- > 0 ? { ...honest, next: '150' } : honest;
      };
      const report = await runBackfill(deps(), { objects: ['Account'] });
      expect(report).toMatchObject({ outcome: 'complete', objects: [{ received: 400 }] });
      tricks = Number.POSITIVE_INFINITY;
      await expect(runBackfill(deps(), { objects: ['Account'] })).rejects.toMatchObject({
        code: 'SF_RESPONSE_INVALID',
      });
    }));

  it('by changing the object between two attempts: the job is made anew with the fields of today', () =>
    withMirror(async ({ org, deps, db }) => {
      furnish(org);
      org.onStep = once('page', 2, new Killed());
      await expect(runBackfill(deps(), { objects: ['Account'] })).rejects.toBeInstanceOf(Killed);
      org.onStep = () => undefined;
      const account = org.describes['Account'];
      if (account === undefined) throw new Error('no describe');
      const [id] = account.fields;
      if (id === undefined) throw new Error('no field');
      org.describes['Account'] = {
        ...account,
        fields: [...account.fields, { ...id, name: 'Extra__c', type: 'string' }],
      };
      org.change(recordId('001', 1), { Extra__c: 'new' });
      await runBackfill(deps(), { objects: [], resume: true });
      expect((await shadowOf(db)).get(recordId('001', 1))?.payload['Extra__c']).toBe('new');
    }));
});

describe('two backfills', () => {
  it('at once: the second waits its turn and then gives up, the first goes on', () =>
    withMirror(async ({ org, deps }) => {
      furnish(org);
      let proceed: () => void = () => undefined;
      let arrived: () => void = () => undefined;
      const reached = new Promise<void>((resolve) => (arrived = resolve));
      const held = new Promise<void>((resolve) => (proceed = resolve));
      org.onStep = async (step) => {
        if (step.call !== 'page' || step.locator !== '150') return;
        arrived();
        await held;
      };
      const first = runBackfill(deps('first'), { objects: ['Account'] });
      await reached;
      const impatient = { ...deps('second'), tuning: { ...deps().tuning, leaseSeconds: 0.3 } };
      await expect(runBackfill(impatient, { objects: ['Account'] })).rejects.toMatchObject({
        code: 'SYNC_BUSY',
      });
      proceed();
      await expect(first).resolves.toMatchObject({ outcome: 'complete' });
    }));

  it('the slices of a run can be done by the worker, one job each, and end the run', () =>
    withMirror(async ({ org, deps, store }) => {
      furnish(org);
      const run = await store.runs.createRun({ objects: ['Product2', 'Account'], since: null }, [
        { object: 'Product2', fromId: null, toId: null },
        { object: 'Account', fromId: null, toId: recordId('001', 200) },
        { object: 'Account', fromId: recordId('001', 200), toId: null },
      ]);
      for (const slice of [2, 0, 1])
        expect(await runSlice(deps(`w${String(slice)}`), run.id, slice)).toBe('complete');
      expect((await store.runs.run(run.id))?.state).toBe('complete');
      expect(await store.shadow.livingCount('Account')).toBe(392);
      expect(await runSlice(deps(), run.id, 0)).toBe('complete');
    }));

  it('--verify tells every kind of difference, leaves newer rows alone and repairs nothing', () =>
    withMirror(async ({ org, db, deps, store }) => {
      furnish(org);
      const id = (n: number): string => recordId('001', n);
      const plant = async (): Promise<void> => {
        const before = '2026-03-01T09:00:00.000Z';
        org.change(id(5), { Name: 'Never told', SystemModstamp: before, LastModifiedDate: before });
        org.change(id(6), { IsDeleted: true, SystemModstamp: before });
        org.tableOf('Account').delete(id(7));
        org.now = new Date('2026-03-01T12:00:00.000Z');
        org.change(id(8), { Name: 'Later' });
        await db.rows(`DELETE FROM sf_account_eligibility_shadow WHERE account_id = $1`, [id(9)]);
        await db.rows(
          `UPDATE sf_account_eligibility_shadow SET internet_eligibility = 'Column' WHERE account_id = $1`,
          [id(11)],
        );
      };
      let jobs = 0;
      org.onStep = async ({ call }) => {
        // The first job fills the table, the second is what it is compared with.
        if (call === 'create' && ++jobs === 2) await plant();
      };
      const report = await runBackfill(deps(), { objects: ['Account'], verify: store.comparison });
      expect(report.verification).toMatchObject([
        // Told by no event, deleted and another column; gone from the table; gone from Salesforce; changed since.
        { checked: 399, differing: 3, missing: 1, unexpected: 1, changedSince: 1 },
      ]);
      expect([...(report.verification?.[0]?.examples ?? [])].sort()).toEqual([5, 6, 9, 11].map(id));
      expect(await store.shadow.livingCount('Account')).toBe(391);
    }));

  it('--since reads what changed since and claims no freshness', () =>
    withMirror(async ({ org, deps, store }) => {
      furnish(org);
      org.now = new Date('2026-03-01T12:00:00.000Z');
      org.change(recordId('001', 5), { Name: 'Later' });
      const report = await runBackfill(deps(), {
        objects: ['Account'],
        since: '2026-03-01T11:00:00.000Z',
        verify: store.comparison,
      });
      expect(report.objects).toMatchObject([{ received: 1, landed: 1 }]);
      expect(report.verification).toMatchObject([{ checked: 1, differing: 0, missing: 0, unexpected: 0 }]);
      expect(await store.reads.coveredAt('Account')).toBeUndefined();
    }));
});
