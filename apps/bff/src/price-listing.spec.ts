import { describe, expect, it } from '@jest/globals';
import { UmbraError, type OrgFacts } from '@umbra/domain';
import { priceListingSource } from './price-listing.ts';

const org: OrgFacts = {
  orgId: '00D000000000001EAA',
  instance: 'X',
  isMultiCurrency: true,
  standardPricebookId: '01s000000000001AAA',
};

function source(change: Partial<Parameters<typeof priceListingSource>[0]>) {
  return priceListingSource({
    pricebookId: undefined,
    defaultCurrency: undefined,
    remembered: () => Promise.resolve(org),
    asked: () => Promise.reject(new UmbraError('SF_UNAVAILABLE', '')),
    ...change,
  });
}

describe('the price listing', () => {
  it('is the standard price book as PostgreSQL remembers it', async () => {
    expect(await source({})()).toEqual({
      pricebookId: '01s000000000001AAA',
      multiCurrency: true,
      defaultCurrency: null,
    });
  });

  it('is the price book that was set', async () => {
    expect(await source({ pricebookId: '01s000000000009AAA' })()).toMatchObject({
      pricebookId: '01s000000000009AAA',
    });
  });

  it.each([
    ['nothing is remembered', () => Promise.resolve(undefined)],
    ['PostgreSQL is away', () => Promise.reject(new UmbraError('STORE_UNAVAILABLE', ''))],
  ])('is asked of Salesforce while %s, and then kept', async (_name, remembered) => {
    let asked = 0;
    const listing = source({ remembered, asked: () => Promise.resolve((asked++, org)) });
    await Promise.all([listing(), listing()]);
    await listing();
    expect(asked).toBe(1);
  });

  it('is asked again after a failure', async () => {
    let asked = 0;
    const listing = source({
      remembered: () => Promise.resolve(undefined),
      asked: () =>
        asked++ === 0 ? Promise.reject(new UmbraError('SF_UNAVAILABLE', '')) : Promise.resolve(org),
    });
    await expect(listing()).rejects.toMatchObject({ code: 'SF_UNAVAILABLE' });
    expect(await listing()).toMatchObject({ multiCurrency: true });
  });

  it('needs a currency where prices carry none, and a price book', async () => {
    const single = { ...org, isMultiCurrency: false };
    const remembered = () => Promise.resolve({ ...single, standardPricebookId: null });
    await expect(source({ remembered })()).rejects.toMatchObject({
      problems: [expect.stringContaining('SF_PRICEBOOK_ID'), expect.stringContaining('SF_DEFAULT_CURRENCY')],
    });
    const set = { defaultCurrency: 'EUR', remembered: () => Promise.resolve(single) };
    expect(await source(set)()).toMatchObject({ multiCurrency: false, defaultCurrency: 'EUR' });
  });
});
