import { describe, expect, it } from '@jest/globals';
import { UmbraError } from '@umbra/domain';
import { buildAccount, MemoryOrg, recordId } from '@umbra/testing';
import { parseObjects, planBackfill } from './plan.ts';

describe('the plan of a backfill', () => {
  it('takes objects in the order in which they depend on each other', () => {
    expect(parseObjects(['Account', 'PricebookEntry', 'Product2'])).toEqual([
      'Product2',
      'PricebookEntry',
      'Account',
    ]);
    expect(parseObjects(['Account'])).toEqual(['Account']);
  });

  it.each([[['Contact', 'Lead']], [[]]])('refuses %j and names what there is', (names) => {
    expect(() => parseObjects(names)).toThrow(
      expect.objectContaining({
        code: 'SYNC_UNKNOWN_OBJECT',
        message: expect.stringContaining('Product2, PricebookEntry, Account'),
      }),
    );
  });

  it('counts rows and calls, and writes nothing', async () => {
    const org = new MemoryOrg();
    for (let n = 1; n <= 10; n++) org.put(buildAccount({ Id: recordId('001', n) }));
    org.change(recordId('001', 3), {});
    const plan = await planBackfill({ records: org, tuning: { pageRows: 4 } }, ['Account'], null);
    expect(plan).toEqual([
      { object: 'Account', rows: 10, ranges: [{ fromId: null, toId: null }], calls: 14 },
    ]);
    const since = await planBackfill({ records: org }, ['Account'], '2026-01-01T00:00:00.000Z');
    expect(since[0]?.rows).toBe(1);
    expect(org.steps.every(({ call }) => call === 'count')).toBe(true);
  });

  it('cuts an object that is too large for one job', async () => {
    const org = new MemoryOrg();
    for (let n = 1; n <= 10; n++) org.put(buildAccount({ Id: recordId('001', n) }));
    const [account] = await planBackfill({ records: org, tuning: { sliceRows: 4 } }, ['Account'], null);
    expect(account?.ranges).toHaveLength(3);
  });

  it('goes on without a count that takes too long', async () => {
    const org = new MemoryOrg();
    org.onStep = () => {
      throw new UmbraError('SF_QUERY_TIMEOUT', 'too long');
    };
    expect(await planBackfill({ records: org }, ['Account'], null)).toMatchObject([
      { rows: null, calls: 12 },
    ]);
  });
});
