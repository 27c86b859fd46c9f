import { describe, expect, it } from '@jest/globals';
import {
  accountScope,
  itemClassScope,
  productPricesScope,
  scopesTouchedBy,
  skuScope,
  type TouchedImage,
  type TouchedRecord,
} from './cache-scope.ts';

function product(columns: TouchedImage['columns'], leaves: TouchedImage['leaves'] = {}): TouchedImage {
  return { columns: { sku: 'S1', name: 'One', item_class: 'Internet Plan', ...columns }, leaves };
}

function touchedProduct(before: TouchedImage | null, after: TouchedImage | null): TouchedRecord {
  return { object: 'Product2', recordId: '01t000000000001AAA', before, after };
}

describe('scopes touched by a change', () => {
  it('a new product touches the lists of its class and its SKU, which may be cached as unknown', () => {
    expect(scopesTouchedBy([touchedProduct(null, product({}))])).toEqual([
      itemClassScope('Internet Plan'),
      skuScope('S1'),
    ]);
  });

  it('a product that changes its class and SKU touches both classes and both SKUs', () => {
    const moved = touchedProduct(product({}), product({ sku: 'S2', item_class: 'SIM Plan' }));
    expect(new Set(scopesTouchedBy([moved]))).toEqual(
      new Set([itemClassScope('Internet Plan'), itemClassScope('SIM Plan'), skuScope('S1'), skuScope('S2')]),
    );
  });

  it.each(['IsActive', 'IsArchived', 'Description'])('leaf %s changes answers without a column', (leaf) => {
    const before = product({}, { [leaf]: true });
    expect(scopesTouchedBy([touchedProduct(before, product({}))])).toHaveLength(2);
  });

  it('a change that no answer shows touches nothing', () => {
    const before = product({}, { Family: 'Old', IsActive: true });
    const after = product({}, { Family: 'New', IsActive: true });
    const account = { columns: { internet_eligibility: 'Fibre' }, leaves: { Phone: '1' } };
    expect(
      scopesTouchedBy([
        touchedProduct(before, after),
        touchedProduct(null, null),
        {
          object: 'Account',
          recordId: '001000000000001AAA',
          before: account,
          after: { ...account, leaves: { Phone: '2' } },
        },
      ]),
    ).toEqual([]);
  });

  it('a price that moves to another product touches both', () => {
    const price = (productId: string) => ({
      columns: { product_id: productId, unit_price: '1.00' },
      leaves: {},
    });
    expect(
      scopesTouchedBy([
        { object: 'PricebookEntry', recordId: '01u', before: price('01tA'), after: price('01tB') },
      ]),
    ).toEqual([productPricesScope('01tA'), productPricesScope('01tB')]);
  });

  it('an account that leaves its table touches its own scope', () => {
    const before = { columns: { internet_eligibility: null, eligibility_source: null }, leaves: {} };
    expect(scopesTouchedBy([{ object: 'Account', recordId: '001A', before, after: null }])).toEqual([
      accountScope('001A'),
    ]);
  });
});
