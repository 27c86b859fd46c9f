import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isUmbraError } from '@umbra/domain';
import { quoteAnswer, type QuoteRequest } from '../src/index.ts';
import { createWorld, price, product, type World } from './world.ts';

const usd = { CurrencyIsoCode: 'USD' };
const gbp = { CurrencyIsoCode: 'GBP' };

describe('quote', () => {
  let world: World;

  beforeEach(() => {
    world = createWorld({
      tables: {
        Product2: [product(1), product(2), product(3), product(4, { IsActive: false }), product(5)],
        PricebookEntry: [
          price(1, 1, '0.1'),
          price(2, 1, '0.11', usd),
          price(3, 2, '19.99'),
          price(4, 3, '5', gbp),
          price(5, 3, '6', usd),
        ],
      },
    });
    world.backfill();
  });

  async function problemsOf(request: QuoteRequest): Promise<readonly string[]> {
    try {
      await world.reads.quotes.quote(request);
      return [];
    } catch (error) {
      if (!isUmbraError(error) || error.code !== 'INPUT_INVALID') throw error;
      return error.problems;
    }
  }

  const line = (number: number, quantity = 1) => ({ sku: `SKU-${number}`, quantity });

  it('prices lines in their order, exactly', async () => {
    const answer = await world.reads.quotes.quote({
      currency: 'EUR',
      lines: [line(2, 3), line(1, 3), line(2)],
    });
    expect(answer.data).toMatchObject({
      currency: 'EUR',
      total: '80.26',
      lines: [
        { sku: 'SKU-2', quantity: 3, unitPrice: '19.99', total: '59.97' },
        { sku: 'SKU-1', quantity: 3, unitPrice: '0.10', total: '0.30' },
        { sku: 'SKU-2', quantity: 1, unitPrice: '19.99', total: '19.99' },
      ],
    });
    expect(quoteAnswer.parse(answer).data).toEqual(answer.data);
  });

  it('takes the one currency that all lines share', async () => {
    expect((await world.reads.quotes.quote({ lines: [line(2)] })).data.currency).toBe('EUR');
    expect((await world.reads.quotes.quote({ lines: [line(1), line(3)] })).data.currency).toBe('USD');
  });

  it.each<[string, QuoteRequest, string[]]>([
    [
      'several currencies in common',
      { lines: [line(1)] },
      ['currency: is needed, as all lines have prices in EUR, USD'],
    ],
    [
      'no currency in common',
      { lines: [line(2), line(3)] },
      ['currency: no currency has a price for every line'],
    ],
    [
      'lines without a price in the currency',
      { currency: 'GBP', lines: [line(1), line(3), line(2)] },
      ['lines[0].sku: has no price in GBP', 'lines[2].sku: has no price in GBP'],
    ],
    ['a line without any price', { lines: [line(1), line(5)] }, ['lines[1].sku: has no price']],
    [
      'unknown and inactive products',
      { lines: [line(9), line(1), line(4), { sku: '\u0000', quantity: 1 }] },
      [
        'lines[0].sku: is not a product',
        'lines[2].sku: is no longer offered',
        'lines[3].sku: is not a product',
      ],
    ],
    [
      'quantities that are none',
      { lines: [line(1, 0), line(1, 1.5), line(1, 10_000), line(1, Number.NaN), line(1)] },
      [0, 1, 2, 3].map((at) => `lines[${at}].quantity: needs a whole number from 1 to 9999`),
    ],
    ['no lines', { lines: [] }, ['lines: needs at least one line']],
  ])('names every line and why: %s', async (_why, request, problems) => {
    expect(await problemsOf(request)).toEqual(problems);
  });

  it('skips the cache, and asks Salesforce as a quote when the shadow cannot tell', async () => {
    await world.reads.prices.getPrices(['SKU-1']);
    world.clock.advance(1_000);
    world.backfill();
    const { meta } = await world.reads.quotes.quote({ currency: 'EUR', lines: [line(1)] });
    expect(meta).toMatchObject({ source: 'shadow', ageSeconds: 0 });
    world = createWorld({ tables: world.org.tables });
    const live = await world.reads.quotes.quote({ currency: 'EUR', lines: [line(1)] });
    expect(live.meta.source).toBe('salesforce');
    expect(world.org.asked.map(({ requestClass }) => requestClass)).toEqual(['quote', 'quote']);
    expect(world.cache.keys()).toEqual([]);
  });

  it('totals are exact for all prices and quantities', async () => {
    const entry = fc.record({
      cents: fc.bigInt({ min: 0n, max: 999_999_999_999n }),
      quantity: fc.integer({ min: 1, max: 9999 }),
    });
    const textOf = (cents: bigint) => {
      const digits = cents.toString().padStart(3, '0');
      return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 12 }), async (entries) => {
        const quoted = createWorld({
          tables: {
            Product2: entries.map((_, at) => product(at + 1)),
            PricebookEntry: entries.map(({ cents }, at) => price(at + 1, at + 1, textOf(cents))),
          },
          // The fake shadow rounds through a float; live rows take the way of real ones.
          shadowReads: false,
        });
        const lines = entries.map(({ quantity }, at) => line(at + 1, quantity));
        const { data } = await quoted.reads.quotes.quote({ lines });
        const totals = entries.map(({ cents, quantity }) => cents * BigInt(quantity));
        expect(data.lines.map(({ total }) => total)).toEqual(totals.map(textOf));
        expect(data.total).toBe(textOf(totals.reduce((sum, total) => sum + total, 0n)));
      }),
    );
  });
});
