import { beforeEach, describe, expect, it } from '@jest/globals';
import { accountScope, itemClassScope, productPricesScope, skuScope, UmbraError } from '@umbra/domain';
import { account, createWorld, price, product, recordId, type World, type WorldOptions } from './world.ts';

const accountId = recordId('001', 1);
const minutes = (count: number): number => count * 60_000;

const tables: WorldOptions['tables'] = {
  Product2: [product(1), product(2)],
  PricebookEntry: [price(1, 1, '10'), price(2, 2, '20')],
  Account: [account(1, 'FTTH', 'Manual')],
};

const retryAt = new Date('2026-01-01T06:00:00.000Z');
const budgetGone = new UmbraError('SF_DAILY_LIMIT', 'our share is used up', { retryAt });
const databaseAway = new UmbraError('STORE_UNAVAILABLE', 'no answer');

describe('the order of sources', () => {
  let world: World;

  beforeEach(() => {
    world = createWorld({ tables: structuredClone(tables) });
  });

  /** Changes the truth, so that an answer tells when it was read. */
  function changeEligibility(to: string): void {
    world.org.tables.Account = [account(1, to, 'Manual')];
  }

  async function eligibility() {
    const { data, meta } = await world.reads.eligibility.getEligibility(accountId);
    return { types: data.offeringTypes, source: meta.source, age: meta.ageSeconds, stale: meta.stale };
  }

  async function plans() {
    const { data, meta } = await world.reads.internet.getPlansForUser();
    return { count: data.plans.length, source: meta.source, age: meta.ageSeconds, stale: meta.stale };
  }

  describe('eligibility', () => {
    it('comes from the shadow while it is young, then from the cache, with the age of the shadow', async () => {
      world.backfill();
      world.clock.advance(minutes(5));
      expect(await eligibility()).toEqual({ types: ['FTTH'], source: 'shadow', age: 300, stale: false });
      world.clock.advance(minutes(5));
      expect(await eligibility()).toEqual({ types: ['FTTH'], source: 'cache', age: 600, stale: false });
      expect(world.org.asked).toEqual([]);
    });

    it('older than its bound it comes from Salesforce, and the row is refreshed once it was shown', async () => {
      world.backfill();
      changeEligibility('VDSL');
      world.clock.advance(minutes(16));
      expect(await eligibility()).toEqual({ types: ['VDSL'], source: 'salesforce', age: 0, stale: false });
      expect(world.refreshes.requested).toEqual([{ object: 'Account', ids: [accountId] }]);
      expect(world.org.asked).toEqual([{ object: 'Account', requestClass: 'eligibility' }]);
      expect((await eligibility()).source).toBe('cache');
    });

    it('a refreshed row is proven by its own reading, less 5 minutes, where the coverage ends earlier', async () => {
      world.backfill();
      world.clock.advance(minutes(60));
      changeEligibility('VDSL');
      world.shadow.refresh(world.org, accountId, world.clock.now());
      world.clock.advance(minutes(2));
      expect(await eligibility()).toEqual({ types: ['VDSL'], source: 'shadow', age: 420, stale: false });
      expect(world.org.asked).toEqual([]);
    });

    it.each([
      ['the budget is gone', budgetGone],
      ['Salesforce is down', new UmbraError('SF_UNAVAILABLE', 'down')],
      ['our credentials are refused', new UmbraError('SF_CREDENTIALS_REFUSED', 'no')],
    ])('is served stale, and says so, when %s', async (_why, failure) => {
      world.backfill();
      world.clock.advance(minutes(16));
      world.org.failure = failure;
      expect(await eligibility()).toEqual({ types: ['FTTH'], source: 'shadow', age: 960, stale: true });
      expect(world.refreshes.requested).toEqual([]);
      // Not kept: the next reader has a new chance.
      world.org.failure = undefined;
      expect((await eligibility()).source).toBe('salesforce');
    });

    it('an old absence proves nothing: not 404 but "come back later"', async () => {
      world.backfill();
      world.clock.advance(minutes(16));
      world.org.failure = budgetGone;
      await expect(world.reads.eligibility.getEligibility(recordId('001', 9))).rejects.toMatchObject({
        code: 'READ_UNAVAILABLE',
        retryAt,
      });
    });

    it('ids that nobody knows do not fill the queue, but one that was deleted is refreshed', async () => {
      world.backfill();
      world.clock.advance(minutes(16));
      world.org.tables.Account = [];
      for (const id of [recordId('001', 9), accountId]) {
        await expect(world.reads.eligibility.getEligibility(id)).rejects.toMatchObject({
          code: 'READ_NOT_FOUND',
          details: { source: 'salesforce' },
        });
      }
      expect(world.refreshes.requested).toEqual([{ object: 'Account', ids: [accountId] }]);
    });

    it('absence is kept for a minute, or until the account comes', async () => {
      const late = recordId('001', 9);
      const ask = () => world.reads.eligibility.getEligibility(late);
      await expect(ask()).rejects.toMatchObject({ code: 'READ_NOT_FOUND' });
      await expect(ask()).rejects.toMatchObject({ details: { source: 'cache' } });
      world.org.tables.Account.push(account(9, 'Cable'));
      await world.cache.invalidate([accountScope(late)]);
      expect((await ask()).data.offeringTypes).toEqual(['Cable']);
    });
  });

  describe('the catalogue', () => {
    it('is never asked of Salesforce for its age alone', async () => {
      world.backfill();
      world.clock.advance(minutes(59));
      expect(await plans()).toEqual({ count: 2, source: 'shadow', age: 3_540, stale: false });
      world.clock.advance(minutes(600));
      expect(await plans()).toEqual({ count: 2, source: 'shadow', age: 39_540, stale: true });
      expect(world.org.asked).toEqual([]);
    });

    it('an answer past its bound is cached for a minute only, and stays as old as it is', async () => {
      world.backfill();
      world.clock.advance(minutes(61));
      await plans();
      world.clock.advance(59_000);
      expect(await plans()).toEqual({ count: 2, source: 'cache', age: 3_719, stale: true });
      world.clock.advance(2_000);
      world.backfill();
      expect(await plans()).toEqual({ count: 2, source: 'shadow', age: 0, stale: false });
    });

    it('a cached answer ends with its bound, whoever else may be away', async () => {
      world.backfill();
      world.clock.advance(minutes(50));
      await plans();
      world.shadow.failure = databaseAway;
      world.org.failure = budgetGone;
      world.clock.advance(minutes(10) - 1_000);
      expect(await plans()).toEqual({ count: 2, source: 'cache', age: 3_599, stale: false });
      world.clock.advance(minutes(1));
      await expect(plans()).rejects.toMatchObject({ code: 'READ_UNAVAILABLE' });
    });

    it('comes from Salesforce before the first backfill, and what was shown is refreshed', async () => {
      expect(await plans()).toEqual({ count: 2, source: 'salesforce', age: 0, stale: false });
      expect(world.org.asked).toEqual([
        { object: 'Product2', requestClass: 'catalogue' },
        { object: 'PricebookEntry', requestClass: 'catalogue' },
      ]);
      expect(world.refreshes.requested).toEqual([
        { object: 'Product2', ids: [recordId('01t', 1), recordId('01t', 2)] },
        { object: 'PricebookEntry', ids: [recordId('01u', 1), recordId('01u', 2)] },
      ]);
      expect((await plans()).source).toBe('cache');
    });

    it('an unknown SKU is unknown as of the coverage; nobody is asked twice', async () => {
      world.backfill();
      world.clock.advance(minutes(600));
      await expect(world.reads.products.getProduct('nope')).rejects.toMatchObject({
        code: 'READ_NOT_FOUND',
        details: { source: 'shadow', asOf: '2026-01-01T00:00:00.000Z' },
      });
      expect(world.org.asked).toEqual([]);
    });

    it('names the most expensive source that it needed', async () => {
      world.backfill();
      await world.reads.prices.getPrices(['SKU-1']);
      const { meta } = await world.reads.prices.getPrices(['SKU-1', 'SKU-2']);
      expect(meta.source).toBe('shadow');
      expect((await world.reads.prices.getPrices(['SKU-2', 'SKU-1'])).meta.source).toBe('cache');
    });

    it('when nobody can answer, says so and when to come back', async () => {
      world.org.failure = budgetGone;
      await expect(plans()).rejects.toMatchObject({ code: 'READ_UNAVAILABLE', retryAt });
    });

    it('keeps a defect of ours a defect', async () => {
      world.org.failure = new UmbraError('SF_QUERY_REJECTED', 'malformed');
      await expect(plans()).rejects.toMatchObject({ code: 'SF_QUERY_REJECTED' });
    });
  });

  it('with the shadow switched off it is not even asked', async () => {
    world = createWorld({ tables: structuredClone(tables), shadowReads: false });
    world.backfill();
    expect((await plans()).source).toBe('salesforce');
    expect((await eligibility()).source).toBe('salesforce');
    expect((await plans()).source).toBe('cache');
    expect(world.shadow.asked).toBe(0);
  });

  it('with PostgreSQL away Salesforce answers; with Redis away too it still does', async () => {
    world.backfill();
    world.shadow.failure = databaseAway;
    world.cache.away = true;
    expect((await plans()).source).toBe('salesforce');
    expect((await eligibility()).source).toBe('salesforce');
    expect(world.log.messages('warn')).toContain('shadow not readable');
    expect(world.meter.value('bff_cache_requests_total', { area: 'catalog', result: 'unavailable' })).toBe(1);
  });

  it('a defect in reading the shadow is not hidden by the fall-back', async () => {
    world.shadow.failure = new TypeError('defect');
    await plans();
    expect(world.log.messages('error')).toContain('shadow not readable');
  });

  it('readers who come together cause one question', async () => {
    world.backfill();
    await Promise.all(Array.from({ length: 20 }, () => eligibility()));
    expect(world.shadow.asked).toBe(1);
    world.clock.advance(minutes(16));
    await Promise.all(Array.from({ length: 20 }, () => eligibility()));
    expect(world.org.asked).toHaveLength(1);
  });

  it.each([
    ['list', [itemClassScope('Internet Plan')]],
    ['prices', [productPricesScope(recordId('01t', 1))]],
    ['catalogue', ['catalog:']],
  ])('a change drops exactly the entries that show it: %s', async (_what, scopes) => {
    world.backfill();
    await plans();
    expect((await plans()).source).toBe('cache');
    await world.reads.cache.invalidate(scopes);
    expect((await plans()).source).toBe('shadow');
    await world.reads.cache.invalidate([
      skuScope('SKU-1'),
      itemClassScope('SIM Plan'),
      accountScope(accountId),
    ]);
    expect((await plans()).source).toBe('cache');
    await world.reads.cache.invalidateAllCatalogs();
    expect((await plans()).source).toBe('shadow');
  });

  it('an entry of another release, or of nobody, is a miss', async () => {
    world.backfill();
    await plans();
    for (const key of world.cache.keys()) {
      const { generation } = await world.cache.lookup([key]);
      const value = key.includes('list') ? '{"asOf":"2026-01-01T00:00:00.000Z","value":[{"sku":1}]}' : 'x';
      await world.cache.fill([{ key, scopes: [], value, ttlSeconds: 60 }], generation);
    }
    world.near.missed();
    expect(await plans()).toEqual({ count: 2, source: 'shadow', age: 0, stale: false });
  });

  it('counts answers by source and look-ups by result', async () => {
    world.backfill();
    await eligibility();
    await eligibility();
    world.near.missed();
    await eligibility();
    const { meter } = world;
    expect(meter.value('bff_reads_total', { area: 'eligibility', source: 'shadow' })).toBe(1);
    expect(meter.value('bff_reads_total', { area: 'eligibility', source: 'cache' })).toBe(2);
    expect(meter.value('bff_cache_requests_total', { area: 'eligibility', result: 'near' })).toBe(1);
    expect(meter.value('bff_cache_requests_total', { area: 'eligibility', result: 'miss' })).toBe(1);
    expect(meter.value('bff_cache_requests_total', { area: 'eligibility', result: 'hit' })).toBe(1);
  });

  it('an ETag follows the data, not their age or source', async () => {
    world.backfill();
    const first = await world.reads.internet.getPlansForUser();
    world.clock.advance(minutes(1));
    const second = await world.reads.internet.getPlansForUser();
    expect(second.meta).not.toEqual(first.meta);
    expect(second.etag).toBe(first.etag);
    expect(second.etag).toMatch(/^W\/"[!-~]+"$/);
    world.org.tables.PricebookEntry = [price(1, 1, '10.01'), price(2, 2, '20')];
    world.backfill();
    await world.reads.cache.invalidateAllCatalogs();
    expect((await world.reads.internet.getPlansForUser()).etag).not.toBe(first.etag);
  });
});
