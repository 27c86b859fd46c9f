import { describe, expect, it } from '@jest/globals';
import type { PriceRow } from '@umbra/domain';
import { pricesByCurrency, sharedCurrencies, type Price } from './currency-choice.ts';
import { eligibilityOf, isOffered } from './eligibility-status.ts';
import { fold } from './fold.ts';
import { byTier } from './tier-order.ts';

describe('folding', () => {
  it.each([
    [' FTTH ', 'ftth'],
    ['Straße', 'STRASSE'],
    ['e\u0301', 'É'],
    ['\u00a0x\t', 'X'],
  ])('%j and %j are one', (one, other) => {
    expect(fold(one)).toBe(fold(other));
  });
});

describe('eligibility', () => {
  it.each([
    [null, 'unknown', []],
    ['', 'unknown', []],
    [' ; ;', 'unknown', []],
    ['Not Eligible', 'not-eligible', []],
    [' not eligible ', 'not-eligible', []],
    ['FTTH', 'eligible', ['FTTH']],
    ['ftth ; Cable;FTTH', 'eligible', ['ftth', 'Cable']],
    ['Not Eligible;VDSL', 'eligible', ['VDSL']],
  ])('%j is %s', (value, status, offeringTypes) => {
    expect(eligibilityOf(value)).toEqual({ status, offeringTypes });
  });

  it.each([
    ['ftth ; Cable', 'FTTH', true],
    ['ftth ; Cable', ' cable ', true],
    ['FTTH', 'FTTH 2', false],
    ['FTTH', null, false],
    ['Not Eligible', 'Not Eligible', false],
    ['Not Eligible;FTTH', 'Not Eligible', false],
    [null, '', false],
  ])('%j is offered %j: %s', (value, offeringType, offered) => {
    expect(isOffered(eligibilityOf(value), offeringType)).toBe(offered);
  });
});

describe('order of plans', () => {
  const plan = (planTier: string | null, name = 'n', sku = 's') => ({ planTier, name, sku });

  it('goes up the ladder, then through unknown tiers in natural order, then to plans without one', () => {
    const tiers = ['Tier 10', null, 'Platinum', ' gold ', 'Tier 2', 'BRONZE', '', 'Silver', 'Standard'];
    expect(
      tiers
        .map((tier) => plan(tier))
        .toSorted(byTier)
        .map(({ planTier }) => planTier),
    ).toEqual(['BRONZE', 'Silver', 'Standard', ' gold ', 'Platinum', 'Tier 2', 'Tier 10', null, '']);
  });

  it('within a tier by name with numbers by value, then by SKU', () => {
    const plans = [plan('Gold', 'Fibre 500', 'B'), plan('Gold', 'Fibre 500', 'A'), plan('Gold', 'Fibre 50')];
    expect(plans.toSorted(byTier).map(({ name, sku }) => `${name} ${sku}`)).toEqual([
      'Fibre 50 s',
      'Fibre 500 A',
      'Fibre 500 B',
    ]);
  });
});

describe('prices', () => {
  const row = (id: string, currency: string, unitPrice: string): PriceRow => ({
    pricebookEntryId: id,
    productId: '01t',
    currency,
    unitPrice,
  });

  it('are one per currency, whatever the order of rows', () => {
    const rows = [row('01uB', 'USD', '2.00'), row('01uC', 'EUR', '3'), row('01uA', 'USD', '1.00')];
    const expected = [
      { currency: 'EUR', unitPrice: '3.00' },
      { currency: 'USD', unitPrice: '1.00' },
    ];
    expect(pricesByCurrency(rows)).toEqual(expected);
    expect(pricesByCurrency(rows.toReversed())).toEqual(expected);
  });

  it('share the currencies that all have', () => {
    const inCurrencies = (...codes: string[]) =>
      codes.map((currency) => ({ currency, unitPrice: '1.00' }) as Price);
    expect(sharedCurrencies([inCurrencies('EUR', 'USD'), inCurrencies('USD', 'EUR', 'GBP')])).toEqual([
      'EUR',
      'USD',
    ]);
    expect(sharedCurrencies([inCurrencies('EUR'), inCurrencies()])).toEqual([]);
    expect(sharedCurrencies([])).toEqual([]);
  });
});
