import { beforeEach, describe, expect, it } from '@jest/globals';
import { UmbraError } from '@umbra/domain';
import { ordinaryRules, type SourceRules } from '../src/source/source-rules.ts';
import { account, createWorld, price, product, recordId, type World } from './world.ts';

const accountId = recordId('001', 1);
const retryAt = new Date('2026-01-01T06:00:00.000Z');
const budgetGone = new UmbraError('SF_DAILY_LIMIT', 'our share is used up', { retryAt });

const tables = () => ({
  Product2: [product(1)],
  PricebookEntry: [price(1, 1, '10')],
  Account: [account(1, 'FTTH', 'Manual')],
});

describe('who demands an age', () => {
  let world: World;

  beforeEach(() => {
    world = createWorld({ tables: tables() });
    world.backfill();
  });

  async function ask(maxAgeSeconds: number | null) {
    const demand = { maxAgeSeconds };
    const plans = await world.reads.internet.getPlansForUser(accountId, {}, demand);
    const one = await world.reads.products.getProduct('SKU-1', {}, demand);
    const prices = await world.reads.prices.getPrices(['SKU-1'], {}, demand);
    const eligibility = await world.reads.eligibility.getEligibility(accountId, demand);
    const quote = await world.reads.quotes.quote({ lines: [{ sku: 'SKU-1', quantity: 1 }] }, demand);
    return [plans, one, prices, eligibility, quote].map(({ meta }) => `${meta.source} ${meta.ageSeconds}`);
  }

  it('gets it from the cheapest source that proves it', async () => {
    world.clock.advance(60_000);
    expect(await ask(60)).toEqual(['shadow 60', 'shadow 60', 'cache 60', 'cache 60', 'shadow 60']);
    expect(await ask(60)).toEqual(['cache 60', 'cache 60', 'cache 60', 'cache 60', 'shadow 60']);
    expect(await ask(59)).toEqual(['salesforce 0', 'salesforce 0', 'cache 0', 'cache 0', 'salesforce 0']);
    // What was fetched for one serves the others, as long as it suits them.
    world.clock.advance(1_000);
    expect(await ask(59)).toEqual(['cache 1', 'cache 1', 'cache 1', 'cache 1', 'salesforce 0']);
    expect(world.org.asked.filter(({ requestClass }) => requestClass === 'quote')).toHaveLength(4);
  });

  it('gets that, or the reason and when to come back: never an older answer', async () => {
    world.clock.advance(60_000);
    await ask(null);
    world.org.failure = budgetGone;
    for (const question of [
      () => world.reads.internet.getPlansForUser(undefined, {}, { maxAgeSeconds: 10 }),
      () => world.reads.eligibility.getEligibility(accountId, { maxAgeSeconds: 10 }),
      () => world.reads.quotes.quote({ lines: [{ sku: 'SKU-1', quantity: 1 }] }, { maxAgeSeconds: 10 }),
    ])
      await expect(question()).rejects.toMatchObject({ code: 'READ_NOT_FRESH', retryAt });
    expect((await ask(null)).slice(0, 4)).toEqual(['cache 60', 'cache 60', 'cache 60', 'cache 60']);
  });

  it('does not loosen the bound of eligibility', async () => {
    world.clock.advance(901_000);
    expect(
      (await world.reads.eligibility.getEligibility(accountId, { maxAgeSeconds: 3_600 })).meta.source,
    ).toBe('salesforce');
  });
});

describe('closed sources', () => {
  const open = (rules: Partial<SourceRules>): World => {
    const world = createWorld({ tables: tables(), rules: () => ({ ...ordinaryRules, retryAt, ...rules }) });
    world.backfill();
    return world;
  };
  const eligibility = async ({ reads }: World, maxAgeSeconds: number | null = null) =>
    (await reads.eligibility.getEligibility(accountId, { maxAgeSeconds })).meta;

  it('Salesforce for missing records only: what is merely old is served, and says so', async () => {
    const world = open({ live: 'missing-only' });
    world.clock.advance(1_000_000);
    expect(await eligibility(world)).toMatchObject({ source: 'shadow', stale: true });
    await expect(eligibility(world, 10)).rejects.toMatchObject({ code: 'READ_NOT_FRESH', retryAt });
    world.org.tables.Account.push(account(2, 'VDSL'));
    const late = await world.reads.eligibility.getEligibility(recordId('001', 2));
    expect(late.meta.source).toBe('salesforce');
    expect(world.org.asked).toHaveLength(1);
  });

  it('Salesforce closed: what is known is served, the rest refused with a time to come back', async () => {
    const world = open({ live: 'never' });
    world.clock.advance(1_000_000);
    expect(await eligibility(world)).toMatchObject({ source: 'shadow', stale: true });
    await expect(world.reads.eligibility.getEligibility(recordId('001', 2))).rejects.toMatchObject({
      code: 'READ_UNAVAILABLE',
      retryAt,
    });
    expect(world.org.asked).toEqual([]);
  });

  it('the shadow closed as well: the cache alone answers, for as long as it may', async () => {
    const world = createWorld({ tables: tables() });
    world.backfill();
    await world.reads.internet.getPlansForUser();
    const closed = createWorld({
      beside: world,
      rules: () => ({ ...ordinaryRules, shadow: false, live: 'never' }),
    });
    world.clock.advance(3_000_000);
    expect((await closed.reads.internet.getPlansForUser()).meta).toMatchObject({
      source: 'cache',
      ageSeconds: 3_000,
    });
    await expect(closed.reads.sim.getPlans()).rejects.toMatchObject({ code: 'READ_UNAVAILABLE' });
  });
});
