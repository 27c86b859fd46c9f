import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Big } from 'big.js';
import type { FieldMap } from '../sobject/field-map.ts';
import { canonicalDecimal, type Leaves } from '../sobject/leaf.ts';
import { account } from '../sobject/account.sobject.ts';
import { product2 } from '../sobject/product2.sobject.ts';
import { pricebookEntry } from '../sobject/pricebook-entry.sobject.ts';
import { eventVersion, readStamp } from '../version/stamp.ts';
import type { MergeInput, Revisions } from './merge-input.ts';
import { mergeAll } from './merge.ts';
import { moneyMisfit, placeRecord, Projector } from './placement.ts';
import type { RecordState } from './record-state.ts';
import { comesFirst, winnerOf } from './sku-claim.ts';

const fieldMap = {
  Product2: {
    sku: 'Sku__c',
    item_class: 'C__c',
    offering_type: 'O__c',
    plan_tier: 'T__c',
    vpn_region: 'R__c',
  },
  Account: { internet_eligibility: 'E__c', eligibility_source: 'S__c' },
  areas: {} as FieldMap['areas'],
} satisfies FieldMap;

const stored: Readonly<Record<string, readonly string[]>> = {
  Product2: ['Sku__c', 'Name', 'IsActive', 'C__c', 'O__c', 'T__c', 'R__c'],
  PricebookEntry: ['Product2Id', 'Pricebook2Id', 'UnitPrice', 'CurrencyIsoCode', 'IsActive'],
  Account: ['E__c', 'S__c'],
};

function revisionsOf(object: string): Revisions {
  const set = new Set(stored[object]);
  return (revision) => (revision === 1 ? set : new Set());
}

function read(object: 'Product2' | 'PricebookEntry' | 'Account', leaves: Leaves): RecordState {
  const input: MergeInput = {
    kind: 'read',
    object,
    recordId: '01t000000000001AAA',
    version: readStamp(1, 5n, 1n),
    modifiedAt: null,
    image: { revision: 1 },
    leaves,
    readOnly: ['Id'],
    readAt: '2026-01-01T00:00:00.000Z',
  };
  return mergeAll(undefined, [input], revisionsOf(object)) as RecordState;
}

const everywhere = { winsKey: true, parentInMain: true };
const products = new Projector(product2, { fieldMap, defaultCurrency: null });
const prices = new Projector(pricebookEntry, { fieldMap, defaultCurrency: null });
const price = {
  Product2Id: '01tA',
  Pricebook2Id: '01sA',
  UnitPrice: '9.99',
  CurrencyIsoCode: 'EUR',
  IsActive: true,
};

function reasonOf(projector: Projector, state: RecordState): string | null {
  return projector.project(state, revisionsOf(state.object)).reason;
}

describe('the home of a record', () => {
  it('is its shadow table when everything fits', () => {
    const state = read('Product2', { Sku__c: 'A', Name: 'One', C__c: 'Internet Plan' });
    const projection = products.project(state, revisionsOf('Product2'));
    expect(projection).toMatchObject({ reason: null, uniqueKey: 'A', parentKey: null });
    expect(placeRecord(state, projection, everywhere)).toEqual({
      state,
      home: { kind: 'main' },
      columns: {
        sku: 'A',
        name: 'One',
        item_class: 'Internet Plan',
        offering_type: null,
        plan_tier: null,
        vpn_region: null,
      },
    });
  });

  it.each<[string, Leaves]>([
    ['sku_missing', { Name: 'One' }],
    ['name_missing', { Sku__c: 'A' }],
    ['value_too_long', { Sku__c: 'A'.repeat(601), Name: 'One' }],
    ['value_too_long', { Sku__c: 'A', Name: 'One', C__c: 'c'.repeat(601) }],
  ])('is aside with reason %s', (reason, leaves) => {
    expect(reasonOf(products, read('Product2', leaves))).toBe(reason);
  });

  it.each<[string, Leaves]>([
    ['price_missing', { ...price, UnitPrice: null }],
    ['price_not_exact', { ...price, UnitPrice: '0.005' }],
    ['price_out_of_range', { ...price, UnitPrice: '10000000000' }],
    ['price_out_of_range', { ...price, UnitPrice: '10000000000.001' }],
    ['currency_missing', { ...price, CurrencyIsoCode: null }],
    ['pricebook_missing', { ...price, Pricebook2Id: null }],
    ['active_missing', { ...price, IsActive: null }],
    ['product_missing', { ...price, Product2Id: null }],
  ])('of a price is aside with reason %s', (reason, leaves) => {
    expect(reasonOf(prices, read('PricebookEntry', leaves))).toBe(reason);
  });

  it('follows the surroundings when the record itself fits', () => {
    const state = read('PricebookEntry', price);
    const projection = prices.project(state, revisionsOf('PricebookEntry'));
    expect(placeRecord(state, projection, { winsKey: true, parentInMain: false })).toMatchObject({
      home: { kind: 'aside', reason: 'product_missing' },
      parentKey: '01tA',
    });
    const taken = read('Product2', { Sku__c: 'A', Name: 'One' });
    expect(
      placeRecord(taken, products.project(taken, revisionsOf('Product2')), {
        winsKey: false,
        parentInMain: true,
      }),
    ).toMatchObject({ home: { kind: 'aside', reason: 'sku_taken' }, uniqueKey: 'A' });
  });

  it('is aside until every leaf that must not be missing was stated', () => {
    const update = (changed: Leaves): MergeInput => ({
      kind: 'update',
      object: 'Product2',
      recordId: '01t000000000001AAA',
      version: eventVersion(1, 1n, 1),
      modifiedAt: null,
      revision: 1,
      leaves: changed,
      changed: Object.keys(changed),
      nulled: [],
      diffed: [],
    });
    const state = (changed: Leaves): RecordState =>
      mergeAll(undefined, [update(changed)], revisionsOf('Product2')) as RecordState;
    expect(reasonOf(products, state({ Name: 'One' }))).toBe('image_missing');
    expect(reasonOf(products, state({ Name: 'One', Sku__c: null }))).toBe('sku_missing');
    expect(reasonOf(products, state({ Name: 'One', Sku__c: 'A' }))).toBe(null);
    expect(reasonOf(new Projector(account, { fieldMap, defaultCurrency: null }), state({}))).toBe(null);
  });

  it('is aside as deleted, whatever else holds, and the claim on the SKU is given up', () => {
    const gone = { ...read('Product2', { Sku__c: 'A', Name: 'One' }), alive: false };
    expect(products.project(gone, revisionsOf('Product2'))).toMatchObject({
      reason: 'deleted',
      uniqueKey: null,
    });
  });

  it('a default currency fills a price of an org without currencies', () => {
    const single = new Projector(pricebookEntry, { fieldMap, defaultCurrency: 'CHF' });
    const state = read('PricebookEntry', { ...price, CurrencyIsoCode: null });
    expect(single.project(state, revisionsOf('PricebookEntry')).columns).toMatchObject({
      currency_iso_code: 'CHF',
    });
  });
});

describe('numeric(12,2)', () => {
  it('takes exactly the decimals that it can give back unchanged', () => {
    const decimal = fc.tuple(fc.bigInt(-(10n ** 14n), 10n ** 14n), fc.nat(5)).map(([n, scale]) => {
      return canonicalDecimal(new Big(n.toString()).div(10 ** scale).toFixed());
    });
    fc.assert(
      fc.property(decimal, (text) => {
        const value = new Big(text);
        const misfit = value.abs().gte('10000000000')
          ? 'price_out_of_range'
          : value.round(2).eq(value)
            ? null
            : 'price_not_exact';
        expect(moneyMisfit(text)).toBe(misfit);
      }),
    );
  });
});

describe('a contested SKU', () => {
  it('belongs to the active before the inactive, then to the smaller id, in whatever order they are heard', () => {
    const claim = fc.record({ recordId: fc.stringMatching(/^01t[0-9A-Za-z]{2}$/), active: fc.boolean() });
    fc.assert(
      fc.property(fc.uniqueArray(claim, { selector: ({ recordId }) => recordId, minLength: 1 }), (claims) => {
        const winner = winnerOf(claims);
        expect(winnerOf([...claims].reverse())).toBe(winner);
        const best = claims.find(({ recordId }) => recordId === winner);
        for (const other of claims)
          if (other !== best && best !== undefined) expect(comesFirst(best, other)).toBe(true);
      }),
    );
    expect(winnerOf([])).toBeUndefined();
    const byBytes = [
      { recordId: '01ta', active: true },
      { recordId: '01tB', active: true },
    ];
    expect(winnerOf(byBytes)).toBe('01tB');
  });
});
