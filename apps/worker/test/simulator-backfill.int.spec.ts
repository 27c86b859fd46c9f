import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { driftOf, refreshRecords, runBackfill, settleRules, type BackfillDeps } from '@umbra/sync';
import { smallOrgFieldMap } from '@umbra/testing';
import { openOrg, type OrgUnderTest } from './simulated-salesforce.ts';
import { tuning, withMirror, type MirrorUnderTest } from './with-mirror.ts';

const objects = ['Product2', 'PricebookEntry', 'Account'] as const;

let org: OrgUnderTest;

beforeAll(async () => {
  org = await openOrg('--scale', 'demo', '--seed', '7');
});

afterEach(async () => {
  await org.control('DELETE', '/faults');
  const knobs = { locatorTwice: false, maxResultRows: 0, wrongCount: 0, shortPage: 0 };
  await org.control('PATCH', '/knobs', knobs);
});

afterAll(() => org.close());

function deps({ deps: make }: MirrorUnderTest): BackfillDeps {
  const { bulk, records } = org.salesforce;
  return { ...make(), bulk, records, tuning: { ...tuning, pageRows: 70, pageAttempts: 10 } };
}

/** Two accounts that live. */
async function livingAccounts({ store }: MirrorUnderTest): Promise<readonly [string, string]> {
  const ids = await store.shadow.recordIdsAfter('Account', '', 100_000);
  const known = await store.shadow.peek('Account', ids);
  const [one, two] = ids.filter((id) => known.get(id)?.state.alive === true);
  if (one === undefined || two === undefined) throw new Error('the demo org has no accounts');
  return [one, two];
}

describe('a backfill from the simulated org', () => {
  it('makes every record and every field equal to the org, again after edits, and by id', () =>
    withMirror(async (under) => {
      const { rules } = await settleRules(org.salesforce.records, smallOrgFieldMap, null);
      expect(rules.defaultCurrency).toBeNull();
      const report = await runBackfill(deps(under), { objects, verify: under.store.comparison });
      expect(report.outcome).toBe('complete');
      expect(driftOf(report.verification ?? [])).toBe(0);
      expect(await org.differences(under.store)).toEqual([]);

      const [account, gone] = await livingAccounts(under);
      const edits = [
        {
          op: 'update',
          object: 'Account',
          id: account,
          fields: { Name: 'Zoë "Z" Ω\n', NumberOfEmployees: null },
        },
        { op: 'delete', id: gone },
      ];
      await org.control('POST', '/transactions', { edits });
      await refreshRecords(under.mirror, org.salesforce.records, 'Account', [account, gone]);
      expect(await org.differences(under.store)).toEqual([]);
    }));

  it('comes through cut pages, clean and unclean, and a locator that is handed out twice', () =>
    withMirror(async (under) => {
      await org.control('POST', '/faults', {
        match: { route: 'bulk-results' },
        every: 3,
        cutAfterBytes: 3000,
      });
      await org.control('POST', '/faults', {
        match: { route: 'bulk-results' },
        every: 4,
        limitDataBytes: 2000,
      });
      await org.control('PATCH', '/knobs', { locatorTwice: true, maxResultRows: 40 });
      const report = await runBackfill(deps(under), { objects });
      expect(report.outcome).toBe('complete');
      expect(await org.differences(under.store)).toEqual([]);
    }));

  it('does not take a job for complete that promises more than it sends', () =>
    withMirror(async (under) => {
      await org.control('PATCH', '/knobs', { wrongCount: 1 });
      const attempt = runBackfill(deps(under), { objects: ['Account'] });
      await expect(attempt).rejects.toMatchObject({ code: 'SF_BULK_ROW_COUNT' });
      await org.control('PATCH', '/knobs', { wrongCount: 0, shortPage: 1 });
      const resumed = runBackfill(deps(under), { objects: [], resume: true });
      await expect(resumed).rejects.toMatchObject({ code: 'SF_BULK_ROW_COUNT' });
      await org.control('PATCH', '/knobs', { shortPage: 0 });
      const report = await runBackfill(deps(under), { objects: [], resume: true });
      expect(report.outcome).toBe('complete');
    }));
});
