import { describe, expect, it } from '@jest/globals';
import type { Leaves } from '@umbra/domain';
import { runBackfill, type BackfillProgress } from '@umbra/sync';
import { buildPricebookEntry, buildProduct2, recordId } from '@umbra/testing';
import { furnish } from './furnish.ts';
import { shadowOf, withMirror } from './with-mirror.ts';

const objects = ['Product2', 'PricebookEntry', 'Account'] as const;

describe('backfill', () => {
  it('fills the tables, exactly, and says how it goes', () =>
    withMirror(async ({ org, db, deps, store, invalidated }) => {
      furnish(org);
      const seen: BackfillProgress[] = [];
      const report = await runBackfill(deps(), { objects, onProgress: (progress) => seen.push(progress) });
      expect(report).toMatchObject({
        outcome: 'complete',
        objects: [
          { object: 'Product2', received: 40, landed: 40, parked: 0 },
          { object: 'PricebookEntry', received: 80, landed: 80, parked: 0 },
          { object: 'Account', received: 400, landed: 392, parked: 8 },
        ],
        parked: [],
      });
      expect(report.calls).toBe(org.callsMade());
      const shadow = await shadowOf(db);
      expect(shadow.size).toBe(520);
      expect(shadow.get(recordId('01u', 2))?.columns).toMatchObject({
        unit_price: 49.5,
        currency_iso_code: 'EUR',
      });
      expect(shadow.get(recordId('01u', 2))?.payload['UnitPrice']).toBe('49.5');
      expect(shadow.get(recordId('001', 3))?.payload['Name']).toBe('"Quoted", 3\nand new line \\ tab\t');
      expect(shadow.get(recordId('001', 50))?.home).toBe('deleted');
      expect(
        await db.rows(`SELECT master_id FROM sf_shadow_aside WHERE record_id = $1`, [recordId('001', 100)]),
      ).toEqual([{ master_id: recordId('001', 1) }]);
      expect(await store.reads.coveredAt('Account')).toEqual(new Date('2026-03-01T09:55:00.000Z'));
      const last = seen.filter(({ object }) => object === 'Account').at(-1);
      expect(last).toMatchObject({
        phase: 'complete',
        rowsLanded: 400,
        promised: 400,
        parked: 8,
        etaSeconds: expect.any(Number),
      });
      expect(invalidated).toEqual(expect.arrayContaining(['catalog:', 'eligibility:']));
    }));

  it('again after changes: new values, deletions and what came back', () =>
    withMirror(async ({ org, db, deps, store }) => {
      furnish(org);
      await runBackfill(deps(), { objects });
      org.now = new Date('2026-03-02T10:00:00.000Z');
      org.change(recordId('001', 7), { Internet_Eligibility__c: 'Not Eligible', Name: null });
      org.change(recordId('001', 8), { IsDeleted: true });
      org.change(recordId('001', 50), { IsDeleted: false });
      org.change(recordId('01t', 1), { IsDeleted: true });
      const report = await runBackfill(deps(), { objects, verify: store.comparison });
      const shadow = await shadowOf(db);
      expect(shadow.get(recordId('001', 7))?.columns['internet_eligibility']).toBe('Not Eligible');
      expect(shadow.get(recordId('001', 7))?.payload).not.toHaveProperty('Name');
      expect(shadow.get(recordId('001', 8))?.home).toBe('deleted');
      expect(shadow.get(recordId('001', 50))?.home).toBe('main');
      expect(shadow.get(recordId('01t', 1))?.home).toBe('deleted');
      expect(shadow.get(recordId('01u', 2))?.home).toBe('product_missing');
      expect(report.parked).toEqual([{ object: 'PricebookEntry', reason: 'product_missing', count: 2 }]);
      expect(
        report.verification?.map(({ object, checked, differing, missing, unexpected }) => [
          object,
          checked,
          differing + missing + unexpected,
        ]),
      ).toEqual([
        ['Product2', 40, 0],
        ['PricebookEntry', 80, 0],
        ['Account', 400, 0],
      ]);
    }));

  it('awkward records are parked or resolved, visible, never lost, and stop nothing', () =>
    withMirror(async ({ org, db, deps }) => {
      const product = (n: number, more: Leaves): void => {
        org.put(buildProduct2({ Id: recordId('01t', n), ...more }));
      };
      const price = (n: number, more: Leaves): void => {
        org.put(buildPricebookEntry({ Id: recordId('01u', n), Product2Id: recordId('01t', 1), ...more }));
      };
      product(1, { StockKeepingUnit: 'ONE' });
      product(2, { StockKeepingUnit: null });
      product(3, { StockKeepingUnit: 'TWICE', IsActive: false });
      product(4, { StockKeepingUnit: 'TWICE' });
      product(5, { StockKeepingUnit: 'TWICE' });
      product(6, { StockKeepingUnit: 'x'.repeat(5000) });
      product(7, { Name: null });
      price(1, {});
      price(2, { UnitPrice: '0.005' });
      price(3, { UnitPrice: '12345678901.5' });
      price(4, { UnitPrice: null });
      price(5, { Product2Id: recordId('01t', 99) });
      price(6, { Product2Id: recordId('01t', 5) });
      price(7, { UnitPrice: '1e3' });
      price(8, { UnitPrice: '-9999999999.99' });
      const report = await runBackfill(deps(), { objects });
      expect(report.outcome).toBe('complete');
      const shadow = await shadowOf(db);
      const homes = (prefix: string, count: number): unknown[] =>
        Array.from({ length: count }, (_, i) => shadow.get(recordId(prefix, i + 1))?.home);
      expect(homes('01t', 7)).toEqual([
        'main',
        'sku_missing',
        'sku_taken',
        'main',
        'sku_taken',
        'value_too_long',
        'name_missing',
      ]);
      expect(homes('01u', 8)).toEqual([
        'main',
        'price_not_exact',
        'price_out_of_range',
        'price_missing',
        'product_missing',
        'product_missing',
        'main',
        'main',
      ]);
      expect(report.parked.reduce((sum, { count }) => sum + count, 0)).toBe(10);
      expect(report.objects[0]).toMatchObject({ received: 7, landed: 2, parked: 5 });

      // Their causes go, and they come back by themselves.
      org.now = new Date('2026-03-02T10:00:00.000Z');
      org.change(recordId('01t', 4), { IsActive: false });
      org.change(recordId('01t', 2), { StockKeepingUnit: 'TWO' });
      org.change(recordId('01u', 2), { UnitPrice: '0.01' });
      product(99, { StockKeepingUnit: 'NINETY-NINE' });
      await runBackfill(deps(), { objects });
      const later = await shadowOf(db);
      expect([3, 4, 5, 2].map((n) => later.get(recordId('01t', n))?.home)).toEqual([
        'sku_taken',
        'sku_taken',
        'main',
        'main',
      ]);
      expect([2, 5, 6].map((n) => later.get(recordId('01u', n))?.home)).toEqual(['main', 'main', 'main']);
    }));

  it('a SKU swapped between two products, one handed on in a ring, and one given up', () =>
    withMirror(async ({ org, db, deps }) => {
      const skus = (values: readonly (string | null)[]): void => {
        for (const [i, sku] of values.entries()) {
          org.put(buildProduct2({ Id: recordId('01t', i + 1), StockKeepingUnit: sku }));
          org.put(buildPricebookEntry({ Id: recordId('01u', i + 1), Product2Id: recordId('01t', i + 1) }));
        }
      };
      skus(['A', 'B', 'C', 'D', 'E', 'F', 'F']);
      await runBackfill(deps(), { objects });
      expect((await shadowOf(db)).get(recordId('01u', 7))?.home).toBe('product_missing');
      skus(['B', 'A', 'D', 'E', 'C', null, 'F']);
      await runBackfill(deps(), { objects });
      const shadow = await shadowOf(db);
      const now = Array.from({ length: 7 }, (_, i) => shadow.get(recordId('01t', i + 1)));
      expect(now.map((row) => (row?.home === 'main' ? row.columns['sku'] : row?.home))).toEqual([
        'B',
        'A',
        'D',
        'E',
        'C',
        'sku_missing',
        'F',
      ]);
      expect([6, 7].map((n) => shadow.get(recordId('01u', n))?.home)).toEqual(['product_missing', 'main']);
    }));
});
