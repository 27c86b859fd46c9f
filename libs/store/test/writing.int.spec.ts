import { describe, expect, it } from '@jest/globals';
import { childOf, type PlacedRecord, type ShadowTransaction } from '@umbra/domain';
import { recordId } from '@umbra/testing';
import { aside, build, inMain, stamp } from './records.ts';
import { withStore, type StoreUnderTest } from './with-store.ts';

const write = ({ store }: StoreUnderTest, records: readonly PlacedRecord[]) =>
  store.shadow.transaction((tx) => tx.write(records));

async function homeOf({ store }: StoreUnderTest, record: PlacedRecord): Promise<string | undefined> {
  const found = await store.shadow.peek(record.state.object, [record.state.recordId]);
  const home = found.get(record.state.recordId)?.home;
  return home?.kind === 'aside' ? home.reason : home?.kind;
}

describe('writing records', () => {
  it('gives back what was written, in either home', () =>
    withStore(async (under) => {
      const known = { vFields: { Name: stamp(7), 'Odd "name"\\__c': stamp(6) }, vMax: stamp(7) };
      const records: PlacedRecord[] = [
        inMain('Account', build.Account({ Name: 'quotes " \\ \n {} , NULL' }), stamp(5), {
          ...known,
          vGap: stamp(6),
          gapSince: '2026-01-02T03:04:05.678Z',
        }),
        inMain('Account', build.Account({ Name: null, N__c: 4, B__c: false }), stamp(5), {
          srcModifiedAt: null,
        }),
        aside(
          'Account',
          build.Account(),
          stamp(5),
          { reason: 'deleted' },
          { ...known, alive: false, masterId: recordId('001', 7), readAt: null },
        ),
      ];
      await write(under, records);
      const ids = records.map(({ state }) => state.recordId);
      const expected = new Map(records.map(({ state, home }) => [state.recordId, { state, home }]));
      expect(await under.store.shadow.peek('Account', ids)).toEqual(expected);
      const loaded = await under.store.shadow.transaction((tx) =>
        tx.load('Account', [...ids, recordId('001', 9)]),
      );
      expect(loaded).toEqual(expected);
    }));

  it('moves a record between its homes, and it is never in both', () =>
    withStore(async (under) => {
      const leaves = build.Product2();
      const main = inMain('Product2', leaves, stamp(5));
      const parked = aside('Product2', leaves, stamp(6), { reason: 'sku_missing' });
      for (const record of [main, parked, main, parked]) {
        await write(under, [record]);
        expect(await homeOf(under, record)).toBe(record.home.kind === 'main' ? 'main' : 'sku_missing');
      }
    }));

  it('remembers since when a record waits for its present reason', () =>
    withStore(async (under) => {
      const leaves = build.Product2();
      const since = async () => {
        const [row] = await under.db.rows<{ since: Date; purge_after: Date | null }>(
          'SELECT since, purge_after FROM sf_shadow_aside',
        );
        return row;
      };
      await write(under, [aside('Product2', leaves, stamp(5), { reason: 'sku_missing' })]);
      const first = await since();
      await under.db.shiftClock(3_600_000);
      await write(under, [aside('Product2', leaves, stamp(6), { reason: 'sku_missing' })]);
      expect(await since()).toEqual(first);
      await write(under, [aside('Product2', leaves, stamp(7), { reason: 'deleted' }, { alive: false })]);
      const dead = await since();
      expect(Number(dead?.since) - Number(first?.since)).toBeGreaterThanOrEqual(3_600_000);
      const days = (Number(dead?.purge_after) - Number(dead?.since)) / 86_400_000;
      expect(days).toBeCloseTo(30, 3);
      await under.db.shiftClock(7_200_000);
      await write(under, [aside('Product2', leaves, stamp(8), { reason: 'deleted' }, { alive: false })]);
      expect(await since()).toEqual(dead);
      await write(under, [aside('Product2', leaves, stamp(9), { reason: 'sku_missing' })]);
      expect((await since())?.purge_after).toBeNull();
    }));

  it('lets SKUs change hands in a ring within one call', () =>
    withStore(async (under) => {
      const products = ['A', 'B', 'C'].map((StockKeepingUnit) => build.Product2({ StockKeepingUnit }));
      await write(
        under,
        products.map((leaves) => inMain('Product2', leaves, stamp(5))),
      );
      await write(
        under,
        products.map((leaves, index) =>
          inMain('Product2', { ...leaves, StockKeepingUnit: String('BCA'[index]) }, stamp(6)),
        ),
      );
      const rows = await under.db.rows('SELECT sku FROM sf_product_shadow ORDER BY product_id');
      expect(rows).toEqual([{ sku: 'B' }, { sku: 'C' }, { sku: 'A' }]);
    }));

  it('hands a SKU from a product that leaves to one that arrives', () =>
    withStore(async (under) => {
      const holder = build.Product2({ StockKeepingUnit: 'X' });
      const heir = build.Product2({ StockKeepingUnit: 'X' });
      await write(under, [
        inMain('Product2', holder, stamp(5)),
        aside('Product2', heir, stamp(5), { reason: 'sku_taken', uniqueKey: 'X' }),
      ]);
      await write(under, [
        inMain('Product2', heir, stamp(6)),
        aside('Product2', holder, stamp(6), { reason: 'sku_taken', uniqueKey: 'X' }),
      ]);
      expect(await under.db.rows('SELECT product_id FROM sf_product_shadow')).toEqual([
        { product_id: heir['Id'] },
      ]);
    }));

  it('moves a product and its prices out and in again, whatever their order in the call', () =>
    withStore(async (under) => {
      const product = build.Product2();
      const parentKey = String(product['Id']);
      const prices = [1, 2].map(() => build.PricebookEntry({ Product2Id: parentKey }));
      const arriving = [
        ...prices.map((leaves) => inMain('PricebookEntry', leaves, stamp(5))),
        inMain('Product2', product, stamp(5)),
      ];
      const leaving = [
        aside('Product2', product, stamp(6), { reason: 'deleted' }, { alive: false }),
        ...prices.map((leaves) =>
          aside('PricebookEntry', leaves, stamp(6), { reason: 'product_missing', parentKey }),
        ),
      ];
      for (const batch of [arriving, leaving, arriving.toReversed(), leaving.toReversed()]) {
        await write(under, batch);
        for (const record of batch) {
          const { home } = record;
          expect(await homeOf(under, record)).toBe(home.kind === 'main' ? 'main' : home.reason);
        }
      }
    }));

  it('lets no price be removed by the cascade', () =>
    withStore(async (under) => {
      const product = build.Product2();
      const price = inMain(
        'PricebookEntry',
        build.PricebookEntry({ Product2Id: String(product['Id']) }),
        stamp(5),
      );
      await write(under, [inMain('Product2', product, stamp(5)), price]);
      await expect(
        write(under, [aside('Product2', product, stamp(6), { reason: 'sku_missing' })]),
      ).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
      expect(await homeOf(under, price)).toBe('main');
    }));

  it('keeps prices exact', () =>
    withStore(async (under) => {
      const product = build.Product2();
      const prices = ['9999999999.99', '-0.01', '0', '12.5'].map((UnitPrice, n) =>
        build.PricebookEntry({ Id: recordId('01u', n + 1), Product2Id: String(product['Id']), UnitPrice }),
      );
      await write(under, [
        inMain('Product2', product, stamp(5)),
        ...prices.map((leaves) => inMain('PricebookEntry', leaves, stamp(5))),
      ]);
      const rows = await under.db.rows(
        'SELECT unit_price FROM sf_pricebook_shadow ORDER BY pricebook_entry_id',
      );
      expect(rows.map(({ unit_price }) => unit_price)).toEqual(['9999999999.99', '-0.01', '0.00', '12.50']);
    }));
});

describe('a transaction knows', () => {
  it('who claims a SKU', () =>
    withStore(async (under) => {
      const id = (n: number) => recordId('01t', n);
      await write(under, [
        inMain('Product2', build.Product2({ Id: id(1), StockKeepingUnit: 'X', IsActive: false }), stamp(5)),
        aside('Product2', build.Product2({ Id: id(2), StockKeepingUnit: 'X' }), stamp(5), {
          reason: 'sku_taken',
          uniqueKey: 'X',
        }),
        aside('Product2', build.Product2({ Id: id(3), StockKeepingUnit: 'X', IsArchived: true }), stamp(5), {
          reason: 'sku_taken',
          uniqueKey: 'X',
        }),
        aside('Product2', build.Product2({ Id: id(4), StockKeepingUnit: 'X' }), stamp(5), {
          reason: 'name_missing',
        }),
        inMain('Product2', build.Product2({ Id: id(5), StockKeepingUnit: 'Y', IsActive: null }), stamp(5)),
      ]);
      const claimants = await under.store.shadow.transaction(async (tx) => {
        await tx.lockSkus(['X', 'Y', 'Z']);
        return tx.claimants(['X', 'Y', 'Z']);
      });
      const waits = { kind: 'aside', reason: 'sku_taken' };
      expect(claimants).toEqual([
        { sku: 'X', recordId: id(1), active: false, home: { kind: 'main' } },
        { sku: 'X', recordId: id(2), active: true, home: waits },
        { sku: 'X', recordId: id(3), active: false, home: waits },
        { sku: 'Y', recordId: id(5), active: false, home: { kind: 'main' } },
      ]);
    }));

  it('the children of a product, and which products are there', () =>
    withStore(async (under) => {
      const product = build.Product2();
      const parentKey = String(product['Id']);
      const price = (n: number) => build.PricebookEntry({ Id: recordId('01u', n), Product2Id: parentKey });
      await write(under, [
        inMain('Product2', product, stamp(5)),
        inMain('PricebookEntry', price(1), stamp(5)),
        aside('PricebookEntry', price(2), stamp(5), { reason: 'price_not_exact', parentKey }),
        aside('PricebookEntry', price(3), stamp(5), { reason: 'deleted' }, { alive: false }),
      ]);
      const ask = async (tx: ShadowTransaction) => ({
        children: await tx.childrenOf('Product2', [parentKey]),
        none: await tx.childrenOf('Account', [parentKey]),
        present: await tx.presentInMain('Product2', [parentKey, recordId('01t', 999_999)]),
      });
      expect(childOf('Account')).toBeUndefined();
      expect(await under.store.shadow.transaction(ask)).toEqual({
        children: [
          { recordId: recordId('01u', 1), parentId: parentKey, home: { kind: 'main' } },
          {
            recordId: recordId('01u', 2),
            parentId: parentKey,
            home: { kind: 'aside', reason: 'price_not_exact' },
          },
        ],
        none: [],
        present: new Set([parentKey]),
      });
    }));
});
