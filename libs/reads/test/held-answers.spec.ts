import { beforeEach, describe, expect, it } from '@jest/globals';
import { itemClassScope, UmbraError } from '@umbra/domain';
import { account, createWorld, price, product, recordId, type World } from './world.ts';

const accountId = recordId('001', 1);
const databaseAway = new UmbraError('STORE_UNAVAILABLE', 'no answer');

describe('what is held and read ahead', () => {
  let world: World;

  beforeEach(() => {
    world = createWorld({
      tables: {
        Product2: [product(1), product(2)],
        PricebookEntry: [price(1, 1, '10'), price(2, 2, '20')],
        Account: [account(1, 'FTTH')],
      },
    });
    world.backfill();
  });

  const plans = async (of: World = world) => {
    const { data, meta } = await of.reads.internet.getPlansForUser();
    return `${data.plans.map(({ name }) => name).join()} ${meta.source} ${meta.ageSeconds}`;
  };
  const rename = (to: string): void => {
    world.org.tables.Product2 = [product(1, { Name: to })];
    world.backfill();
  };
  /** Lets go what runs behind the readers' backs. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
  };
  const lookups = (): number =>
    ['hit', 'miss', 'unavailable']
      .map((result) => world.meter.value('bff_cache_requests_total', { area: 'catalog', result }) ?? 0)
      .reduce((sum, one) => sum + one, 0);

  it('an answer is given again without asking anybody, and ages', async () => {
    expect(await plans()).toBe('Product 1,Product 2 shadow 0');
    const before = lookups();
    world.clock.advance(4_000);
    expect(await plans()).toBe('Product 1,Product 2 cache 4');
    expect(lookups()).toBe(before);
    const [one, other] = [
      await world.reads.internet.getPlansForUser(),
      await world.reads.internet.getPlansForUser(),
    ];
    expect(one).toBe(other);
  });

  it('is at hand while it is held, and while it is made for somebody', async () => {
    const { name } = await world.reads.internet.getPlansForUser();
    const isAtHand = (): boolean => name !== null && world.reads.held.isAtHand(name);
    expect(isAtHand()).toBe(true);
    world.near.invalidated([itemClassScope('Internet Plan')]);
    expect(isAtHand()).toBe(false);
    const made = plans();
    expect(isAtHand()).toBe(true);
    await made;
  });

  it('a change drops it, in this process and in those beside it', async () => {
    const beside = createWorld({ beside: world });
    await plans();
    await plans(beside);
    rename('New');
    await world.cache.invalidate([itemClassScope('Internet Plan')]);
    beside.near.invalidated([itemClassScope('Internet Plan')]);
    expect(await plans()).toBe('New shadow 0');
    expect(await plans(beside)).toBe('New cache 0');
  });

  it('an invalidation that one process misses is outlived by what it holds for half a minute', async () => {
    await plans();
    world.cache.tells = false;
    rename('New');
    await world.cache.invalidate([itemClassScope('Internet Plan')]);
    expect(await plans()).toMatch(/^Product 1/);
    world.clock.advance(30_000);
    expect(await plans()).toMatch(/^New/);
  });

  it('one that never was sent is found out when the entry is read anew', async () => {
    await plans();
    rename('New');
    world.clock.advance(61_000);
    // Served at once, and read ahead.
    expect(await plans()).toBe('Product 1,Product 2 cache 61');
    await settle();
    world.clock.advance(6_000);
    await plans();
    await settle();
    expect(await plans()).toBe('New cache 67');
  });

  it('what was filled long ago answers only when the shadow does not', async () => {
    await plans();
    world.clock.advance(301_000);
    world.shadow.failure = databaseAway;
    expect(await plans()).toBe('Product 1,Product 2 cache 301');
    expect(world.org.asked).toEqual([]);
    world.shadow.failure = undefined;
    rename('New');
    world.clock.advance(31_000);
    expect(await plans()).toBe('New shadow 31');
  });

  it('without a shadow a call is spent on what is about to pass its bound, and on nothing younger', async () => {
    const live = createWorld({ beside: world, shadowReads: false });
    const age = async () => (await live.reads.eligibility.getEligibility(accountId)).meta.ageSeconds;
    expect(await age()).toBe(0);
    world.clock.advance(700_000);
    expect(await age()).toBe(700);
    await settle();
    expect(world.org.asked).toHaveLength(1);
    world.clock.advance(40_000);
    expect(await age()).toBe(740);
    await settle();
    expect(world.org.asked).toHaveLength(2);
    world.near.missed();
    live.near.missed();
    expect(await age()).toBe(0);
  });

  it('of several processes one asks the shadow, and one asks Salesforce', async () => {
    const fleet = [world, createWorld({ beside: world }), createWorld({ beside: world })];
    const waiting = Promise.all(fleet.map((one) => plans(one)));
    await settle();
    world.clock.advance(25);
    await settle();
    world.clock.advance(25);
    expect(new Set(await waiting).size).toBe(2);
    expect(world.shadow.asked).toBe(2); // the list, and its prices
    world.clock.advance(901_000);
    const eligible = Promise.all(fleet.map(({ reads }) => reads.eligibility.getEligibility(accountId)));
    await settle();
    world.clock.advance(25);
    expect((await eligible).map(({ meta }) => meta.source).toSorted()).toEqual([
      'cache',
      'cache',
      'salesforce',
    ]);
    expect(world.org.asked).toHaveLength(1);
  });

  it('a process that dies while it loads costs the others two seconds, not the answer', async () => {
    world.claims.deadHolder = true;
    const waiting = plans();
    for (let look = 0; look < 200; look += 1) {
      await settle();
      world.clock.advance(25);
    }
    // The list, and then its prices.
    expect(await waiting).toBe('Product 1,Product 2 shadow 4');
  });

  it('five thousand readers of one answer cause one question', async () => {
    world.cache.away = true;
    const answers = await Promise.all(Array.from({ length: 5_000 }, () => plans()));
    expect(new Set(answers).size).toBe(1);
    expect(world.shadow.asked).toBe(2);
  });
});
