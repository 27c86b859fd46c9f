import { describe, expect, it } from '@jest/globals';
import { type FieldMap, type ProjectionRules } from '@umbra/domain';
import { buildPricebookEntry, buildProduct2, MemoryOrg, recordId, smallOrgFieldMap } from '@umbra/testing';
import { memoryMirror, type MemoryMirror } from '../../test/memory-mirror.ts';
import { refreshRecords } from '../refresh/refresh-records.ts';
import { releaseWaiting } from './release-waiting.ts';
import { reprojectChanged } from './reproject.ts';

const hash = (text: string): string => text;
const product = (n: number): string => recordId('01t', n);

async function filled(rules?: ProjectionRules): Promise<MemoryMirror & { readonly org: MemoryOrg }> {
  const made = memoryMirror(rules);
  const org = new MemoryOrg();
  // The field that is to feed the SKU later is shifted by one product, so that every SKU changes hands.
  for (const n of [1, 2, 3]) {
    org.put(
      buildProduct2({
        Id: product(n),
        StockKeepingUnit: `S${String(n)}`,
        Description: `S${String((n % 3) + 1)}`,
      }),
      buildPricebookEntry({ Id: recordId('01u', n), Product2Id: product(n) }),
    );
  }
  org.put(buildProduct2({ Id: product(4), StockKeepingUnit: 'S4', Description: null }));
  org.put(buildPricebookEntry({ Id: recordId('01u', 4), Product2Id: product(4) }));
  await refreshRecords(made.mirror, org, 'Product2', [1, 2, 3, 4].map(product));
  await refreshRecords(
    made.mirror,
    org,
    'PricebookEntry',
    [1, 2, 3, 4].map((n) => recordId('01u', n)),
  );
  return { ...made, org };
}

const moved: FieldMap = {
  ...smallOrgFieldMap,
  Product2: { ...smallOrgFieldMap.Product2, sku: 'Description', plan_tier: 'Name' },
};

describe('a changed field map', () => {
  it('is applied to every stored record without a call to Salesforce, SKUs in a ring included', async () => {
    const { shadow, org } = await filled();
    const calls = org.callsMade();
    const { mirror, invalidated } = memoryMirror({ fieldMap: moved, defaultCurrency: null }, shadow);
    expect(await reprojectChanged(mirror, hash)).toEqual(['Product2', 'PricebookEntry', 'Account']);
    expect([1, 2, 3].map((n) => shadow.columns(product(n))?.['sku'])).toEqual(['S2', 'S3', 'S1']);
    expect(shadow.columns(product(1))?.['plan_tier']).toBe('Home Fibre 1000');
    expect(shadow.records.get(product(4))?.home).toEqual({ kind: 'aside', reason: 'sku_missing' });
    expect(shadow.records.get(recordId('01u', 4))?.home).toEqual({
      kind: 'aside',
      reason: 'product_missing',
    });
    expect(org.callsMade()).toBe(calls);
    expect(invalidated).toEqual(expect.arrayContaining(['catalog:', 'eligibility:']));
  });

  it('is applied once', async () => {
    const { mirror } = await filled();
    expect(await reprojectChanged(mirror, hash)).toHaveLength(3);
    expect(await reprojectChanged(mirror, hash)).toEqual([]);
  });

  it('is taken back the same way', async () => {
    const { shadow, mirror } = await filled();
    const before = shadow.all();
    await reprojectChanged(memoryMirror({ fieldMap: moved, defaultCurrency: null }, shadow).mirror, hash);
    await reprojectChanged(mirror, hash);
    const byId = (records: ReturnType<typeof shadow.all>) =>
      records.toSorted((a, b) => (a.state.recordId < b.state.recordId ? -1 : 1));
    expect(byId(shadow.all())).toEqual(byId(before));
  });
});

describe('the sweep', () => {
  it('brings back a price whose product arrived while nobody looked', async () => {
    const { shadow, mirror } = await filled();
    const price = shadow.records.get(recordId('01u', 1));
    if (price === undefined) throw new RangeError('no price');
    const { state } = price;
    shadow.records.set(state.recordId, {
      state,
      home: { kind: 'aside', reason: 'product_missing' },
      parentKey: product(1),
      uniqueKey: null,
    });
    expect(await releaseWaiting(mirror)).toBe(1);
    expect(shadow.records.get(recordId('01u', 1))?.home.kind).toBe('main');
    expect(await releaseWaiting(mirror)).toBe(0);
  });
});
