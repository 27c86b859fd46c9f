import { describe, expect, it } from '@jest/globals';
import type { PlacedRecord } from '@umbra/domain';
import { recordId } from '@umbra/testing';
import { aside, build, inMain, stamp } from './records.ts';
import { withStore, type StoreUnderTest } from './with-store.ts';

const put = ({ store }: StoreUnderTest, ...records: PlacedRecord[]) =>
  store.shadow.transaction((tx) => tx.write(records));

const account = (n: number) => build.Account({ Id: recordId('001', n) });

describe('the shadow store', () => {
  it('rolls back everything when the work throws', () =>
    withStore(async ({ store, db }) => {
      const failure = new Error('not today');
      await expect(
        store.shadow.transaction(async (tx) => {
          await tx.write([inMain('Account', account(1), stamp(5))]);
          throw failure;
        }),
      ).rejects.toBe(failure);
      expect(await db.rows('SELECT 1 FROM sf_account_eligibility_shadow')).toEqual([]);
    }));

  it('does not take the end of a failed transaction for a commit', () =>
    withStore(async ({ store }) => {
      await expect(
        store.shadow.transaction(async (tx) => {
          const record = inMain('Product2', build.Product2({ Name: null }), stamp(5));
          await tx.write([record]).catch(() => undefined);
        }),
      ).rejects.toMatchObject({ code: 'STORE_REJECTED' });
    }));

  it('lists ids of both homes in byte order', () =>
    withStore(async (under) => {
      await put(
        under,
        inMain('Account', account(2), stamp(5)),
        aside('Account', account(1), stamp(5), { reason: 'image_missing' }),
        inMain('Account', account(4), stamp(5)),
        aside('Account', account(3), stamp(5), { reason: 'deleted' }, { alive: false }),
        aside('Product2', build.Product2(), stamp(5), { reason: 'sku_missing' }),
      );
      const ids = [1, 2, 3, 4].map((n) => recordId('001', n));
      const { shadow } = under.store;
      expect(await shadow.recordIdsAfter('Account', '', 10)).toEqual(ids);
      expect(await shadow.recordIdsAfter('Account', '', 3)).toEqual(ids.slice(0, 3));
      expect(await shadow.recordIdsAfter('Account', String(ids[1]), 3)).toEqual(ids.slice(2));
      expect(await shadow.livingCount('Account')).toBe(3);
    }));

  it('lists and counts what waits', () =>
    withStore(async (under) => {
      const waits = (n: number) => aside('Account', account(n), stamp(5), { reason: 'image_missing' });
      await put(under, waits(3), waits(1), waits(2), inMain('Account', account(4), stamp(5)));
      await put(under, aside('Account', account(5), stamp(5), { reason: 'deleted' }, { alive: false }));
      const { shadow } = under.store;
      const ids = [1, 2, 3].map((n) => recordId('001', n));
      expect(await shadow.waiting('Account', 'image_missing', '', 2)).toEqual(ids.slice(0, 2));
      expect(await shadow.waiting('Account', 'image_missing', String(ids[1]), 2)).toEqual(ids.slice(2));
      expect(await shadow.waiting('Product2', 'image_missing', '', 2)).toEqual([]);
      expect(await shadow.parkedCounts()).toEqual([
        { object: 'Account', reason: 'deleted', count: 1 },
        { object: 'Account', reason: 'image_missing', count: 3 },
      ]);
    }));

  it('finds the records whose cause is gone, longest waiting first', () =>
    withStore(async (under) => {
      const product = build.Product2({ StockKeepingUnit: 'HELD' });
      const parentKey = String(product['Id']);
      const price = (n: number) => build.PricebookEntry({ Id: recordId('01u', n), Product2Id: parentKey });
      const rival = (n: number, StockKeepingUnit: string) =>
        aside('Product2', build.Product2({ Id: recordId('01t', n), StockKeepingUnit }), stamp(5), {
          reason: 'sku_taken',
          uniqueKey: StockKeepingUnit,
        });
      await put(under, rival(900_001, 'FREE'), rival(900_002, 'HELD'));
      await put(
        under,
        aside('PricebookEntry', price(1), stamp(5), { reason: 'product_missing', parentKey }),
        aside('PricebookEntry', price(2), stamp(5), { reason: 'price_missing', parentKey }),
        aside('PricebookEntry', price(3), stamp(5), {
          reason: 'product_missing',
          parentKey: recordId('01t', 900_003),
        }),
      );
      const { shadow } = under.store;
      const free = [900_001, 900_002].map((n) => ({ object: 'Product2', recordId: recordId('01t', n) }));
      expect(await shadow.releasable(10)).toEqual(free);
      await put(under, inMain('Product2', product, stamp(5)));
      const child = { object: 'PricebookEntry', recordId: recordId('01u', 1) };
      expect(await shadow.releasable(10)).toEqual([free[0], child]);
      expect(await shadow.releasable(1)).toEqual([free[0]]);
    }));

  it('draws ever higher numbers for reads', () =>
    withStore(async ({ store }) => {
      const drawn = await Promise.all(Array.from({ length: 20 }, () => store.shadow.nextReadSeq()));
      expect(new Set(drawn).size).toBe(20);
      expect(await store.shadow.nextReadSeq()).toBeGreaterThan(drawn.reduce((a, b) => (a > b ? a : b)));
    }));

  it('remembers the projection of each object, and its epoch', () =>
    withStore(async ({ store: { shadow }, db }) => {
      expect(await shadow.projectionHash('Product2')).toBeNull();
      expect(await shadow.epoch('Product2')).toBe(0);
      await shadow.rememberProjection('Product2', 'one');
      await shadow.rememberProjection('Product2', 'two');
      await db.rows(`UPDATE sf_object_state SET epoch = 3 WHERE object = 'Product2'`);
      expect(await shadow.projectionHash('Product2')).toBe('two');
      expect(await shadow.epoch('Product2')).toBe(3);
      expect(await shadow.projectionHash('Account')).toBeNull();
    }));

  it('refuses a schema revision that was never drawn', () =>
    withStore(async ({ store }) => {
      await expect(store.shadow.leavesOf('Account', 7)).rejects.toMatchObject({ code: 'STORE_REJECTED' });
    }));

  it('takes values that look like SQL as values', () =>
    withStore(async (under) => {
      const evil = `'; DROP TABLE sf_product_shadow; -- $1 \\' " \u0001`;
      await put(under, inMain('Product2', build.Product2({ StockKeepingUnit: evil, Name: evil }), stamp(5)));
      const { reads, shadow } = under.store;
      expect((await reads.productsBySku([evil])).rows).toHaveLength(1);
      expect((await reads.eligibility([evil])).rows).toEqual([]);
      expect(await shadow.recordIdsAfter('Product2', '', 5)).toHaveLength(1);
      const found = await shadow.transaction((tx) => tx.claimants([evil]));
      expect(found).toMatchObject([{ sku: evil }]);
    }));
});
