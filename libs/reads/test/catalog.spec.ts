import { beforeEach, describe, expect, it } from '@jest/globals';
import { UmbraError } from '@umbra/domain';
import {
  account,
  createWorld,
  partnerPricebook,
  price,
  product,
  recordId,
  type World,
  type WorldOptions,
} from './world.ts';

const internet = (number: number, offering: string | null, tier: string | null) =>
  product(number, { Internet_Offering_Type__c: offering, Internet_Plan_Tier__c: tier });

const tables: WorldOptions['tables'] = {
  Product2: [
    internet(1, ' ftth ', 'Platinum'),
    internet(2, 'FTTH', 'Bronze'),
    internet(3, 'VDSL', 'Gold'),
    internet(4, null, 'Gold'),
    product(5, { Internet_Offering_Type__c: 'FTTH', IsActive: false }),
    product(6, { Internet_Offering_Type__c: 'FTTH', IsArchived: true }),
    product(7, { Item_Class__c: 'SIM Plan', Description: 'The "best" SIM' }),
    product(8, { Item_Class__c: 'eSIM Plan' }),
    product(9, { Item_Class__c: 'VPN Plan', VPN_Region__c: 'EU' }),
    product(10, { Item_Class__c: 'VPN Plan', VPN_Region__c: ' eu ' }),
    product(11, { Item_Class__c: 'VPN Plan', VPN_Region__c: 'US' }),
    product(12, { Item_Class__c: 'VPN Plan' }),
    product(13, { Item_Class__c: 'Internet Add-on' }),
    product(14, { Item_Class__c: 'Router' }),
  ],
  PricebookEntry: [
    price(1, 1, '49.9'),
    price(2, 1, '53.90', { CurrencyIsoCode: 'USD' }),
    price(3, 2, '24.90'),
    price(4, 2, '9.99', { Pricebook2Id: partnerPricebook }),
    price(5, 2, '8.88', { CurrencyIsoCode: 'GBP', IsActive: false }),
    price(6, 5, '1.00'),
    price(7, 7, '0'),
    price(8, 14, '99.00'),
  ],
  Account: [
    account(1, 'FTTH;Cable', 'Address Check'),
    account(2, null),
    account(3, 'Not Eligible', 'Manual'),
    account(4, 'Satellite'),
  ],
};

const skusOf = (plans: readonly { sku: string }[]) => plans.map(({ sku }) => sku);

/** Every answer is the same from the shadow as from Salesforce. */
describe.each(['shadow', 'salesforce'] as const)('what is offered, from %s', (source) => {
  let world: World;

  beforeEach(() => {
    world = createWorld({ tables: structuredClone(tables), shadowReads: source === 'shadow' });
    world.backfill();
  });

  it('without an account all active internet plans, by tier', async () => {
    const { data, meta } = await world.reads.internet.getPlansForUser();
    expect(skusOf(data.plans)).toEqual(['SKU-2', 'SKU-3', 'SKU-4', 'SKU-1']);
    expect(data).toMatchObject({ accountId: null, eligibility: null });
    expect(meta).toMatchObject({ source, ageSeconds: 0, stale: false });
  });

  it('plans whose offering type the account has, blanks and letter case aside', async () => {
    const { data } = await world.reads.internet.getPlansForUser(recordId('001', 1));
    expect(data).toEqual({
      accountId: recordId('001', 1),
      eligibility: 'eligible',
      plans: [
        {
          sku: 'SKU-2',
          productId: recordId('01t', 2),
          name: 'Product 2',
          description: null,
          offeringType: 'FTTH',
          planTier: 'Bronze',
          prices: [{ currency: 'EUR', unitPrice: '24.90' }],
        },
        {
          sku: 'SKU-1',
          productId: recordId('01t', 1),
          name: 'Product 1',
          description: null,
          offeringType: ' ftth ',
          planTier: 'Platinum',
          prices: [
            { currency: 'EUR', unitPrice: '49.90' },
            { currency: 'USD', unitPrice: '53.90' },
          ],
        },
      ],
    });
  });

  it.each([
    [2, 'unknown'],
    [3, 'not-eligible'],
    [4, 'eligible'],
  ])('account %i is %s and gets no plans', async (number, eligibility) => {
    const { data } = await world.reads.internet.getPlansForUser(recordId('001', number));
    expect(data).toMatchObject({ eligibility, plans: [] });
  });

  it('a 15-character id is widened; a malformed one is refused; an unknown one is not found', async () => {
    const short = recordId('001', 1).slice(0, 15);
    expect((await world.reads.internet.getPlansForUser(short)).data.accountId).toBe(recordId('001', 1));
    for (const bad of ['', 'x', recordId('01t', 1)]) {
      await expect(world.reads.internet.getPlansForUser(bad)).rejects.toMatchObject({
        code: 'INPUT_INVALID',
        problems: [expect.stringContaining('accountId')],
      });
    }
    await expect(world.reads.internet.getPlansForUser(recordId('001', 99))).rejects.toMatchObject({
      code: 'READ_NOT_FOUND',
      details: { source, asOf: world.clock.now().toISOString() },
    });
  });

  it('only prices in the currency asked for; the plan stays without one', async () => {
    const { data } = await world.reads.internet.getPlansForUser(undefined, { currency: 'USD' });
    expect(data.plans.map(({ sku, prices }) => [sku, prices.length])).toEqual([
      ['SKU-2', 0],
      ['SKU-3', 0],
      ['SKU-4', 0],
      ['SKU-1', 1],
    ]);
  });

  it('an area holds all of its classes, and nothing else', async () => {
    expect(skusOf((await world.reads.sim.getPlans()).data.plans)).toEqual(['SKU-7', 'SKU-8']);
    expect(skusOf((await world.reads.internet.getAddOns()).data.addOns)).toEqual(['SKU-13']);
    expect((await world.reads.vpn.getAddOns()).data.addOns).toEqual([]);
  });

  it('a free SIM has a price of nothing, and its description', async () => {
    const { data } = await world.reads.sim.getPlans();
    expect(data.plans[0]).toMatchObject({
      description: 'The "best" SIM',
      prices: [{ currency: 'EUR', unitPrice: '0.00' }],
    });
  });

  it('VPN plans of a region, blanks and letter case aside', async () => {
    expect(skusOf((await world.reads.vpn.getPlans({ region: 'Eu' })).data.plans)).toEqual([
      'SKU-9',
      'SKU-10',
    ]);
    expect((await world.reads.vpn.getPlans()).data.plans).toHaveLength(4);
    expect((await world.reads.vpn.getPlans({ region: 'Mars' })).data.plans).toEqual([]);
  });

  it('one product with its area; of an unlisted class none', async () => {
    const { data } = await world.reads.products.getProduct('SKU-1');
    expect(data).toMatchObject({ sku: 'SKU-1', area: 'internet.plans', active: true });
    expect((await world.reads.products.getProduct('SKU-14')).data).toMatchObject({
      area: null,
      itemClass: 'Router',
      prices: [{ currency: 'EUR', unitPrice: '99.00' }],
    });
  });

  it.each(['SKU-5', 'SKU-6'])('%s is inactive: shown by SKU, without prices', async (sku) => {
    expect((await world.reads.products.getProduct(sku)).data).toMatchObject({ active: false, prices: [] });
  });

  it.each(['SKU-99', 'sku-1', ' SKU-1', 'SKU\u0000', '\ud800'])('%j is not found', async (sku) => {
    await expect(world.reads.products.getProduct(sku)).rejects.toMatchObject({ code: 'READ_NOT_FOUND' });
  });

  it('prices per SKU in the order asked for, unknown ones listed as such', async () => {
    const { data } = await world.reads.prices.getPrices(['SKU-2', 'nope', 'SKU-5', 'SKU-1', 'SKU-2']);
    expect(data.prices.map(({ sku, active, prices }) => [sku, active, prices.length])).toEqual([
      ['SKU-2', true, 1],
      ['SKU-5', false, 0],
      ['SKU-1', true, 2],
    ]);
    expect(data.unknown).toEqual(['nope']);
  });

  it('prices of nothing, or of what no record could carry, are refused', async () => {
    await expect(world.reads.prices.getPrices([])).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(world.reads.prices.getPrices(['A', '\u0000'])).rejects.toMatchObject({
      problems: ['skus[1]: is no SKU'],
    });
  });

  it('sec-9: a property that nobody declared is in no answer', async () => {
    for (const rows of Object.values(world.org.tables)) {
      for (const leaves of rows) Object.assign(leaves, { Secret__c: 'canary', Phone: 'canary' });
    }
    world.backfill();
    const { reads } = world;
    const answers = [
      await reads.internet.getPlansForUser(recordId('001', 1)),
      await reads.vpn.getPlans(),
      await reads.products.getProduct('SKU-1'),
      await reads.prices.getPrices(['SKU-1']),
      await reads.quotes.quote({ currency: 'EUR', lines: [{ sku: 'SKU-1', quantity: 1 }] }),
      await reads.eligibility.getEligibility(recordId('001', 1)),
    ];
    expect(JSON.stringify(answers)).not.toContain('canary');
  });
});

describe('records that no shadow table could hold', () => {
  it('are left out of live answers by the rules of the write path', async () => {
    const world = createWorld({
      tables: {
        Product2: [
          product(1),
          product(2, { StockKeepingUnit: null }),
          product(3, { StockKeepingUnit: 'SKU-1' }),
          product(4, { StockKeepingUnit: 'DOUBLE', IsActive: false }),
          product(5, { StockKeepingUnit: 'DOUBLE' }),
        ],
        PricebookEntry: [
          price(1, 1, '1.005'),
          price(2, 1, '10000000000', { CurrencyIsoCode: 'USD' }),
          price(3, 1, '7', { CurrencyIsoCode: 'GBP' }),
        ],
      },
      shadowReads: false,
    });
    const { plans } = (await world.reads.internet.getPlansForUser()).data;
    expect(plans.map(({ productId, prices }) => [productId, prices])).toEqual([
      [recordId('01t', 1), [{ currency: 'GBP', unitPrice: '7.00' }]],
      [recordId('01t', 5), []],
    ]);
    expect((await world.reads.products.getProduct('DOUBLE')).data).toMatchObject({
      productId: recordId('01t', 5),
    });
  });

  it('an org with one currency has its prices in the configured one', async () => {
    const single = price(1, 1, '5', { CurrencyIsoCode: null });
    const world = createWorld({
      tables: { Product2: [product(1)], PricebookEntry: [single] },
      listing: { multiCurrency: false, defaultCurrency: 'CHF' },
      shadowReads: false,
    });
    expect((await world.reads.prices.getPrices(['SKU-1'])).data.prices[0]?.prices).toEqual([
      { currency: 'CHF', unitPrice: '5.00' },
    ]);
  });

  it('a list of more than 4,000 rows is not read live', async () => {
    const world = createWorld({
      tables: { Product2: Array.from({ length: 4_001 }, (_, at) => product(at + 1)) },
    });
    await expect(world.reads.internet.getPlansForUser()).rejects.toMatchObject({
      code: 'READ_LIVE_TOO_LARGE',
    });
    world.backfill();
    expect((await world.reads.internet.getPlansForUser()).data.plans).toHaveLength(4_001);
    // Prices of a long list are read in one go, not kept in thousands of entries.
    expect(world.cache.keys()).toHaveLength(1);
  });
});

describe('price listing', () => {
  it('that cannot be told now is a reason to come back later', async () => {
    const retryAt = new Date('2026-01-02T00:00:00Z');
    const failure = new UmbraError('SF_DAILY_LIMIT', 'used up', { retryAt });
    const { reads } = createWorld({ tables, priceListing: () => Promise.reject(failure) });
    await expect(reads.sim.getPlans()).rejects.toMatchObject({ code: 'READ_UNAVAILABLE', retryAt });
  });
});
