import { describe, expect, it } from '@jest/globals';
import {
  builtPricebookId,
  insertAccount,
  insertPricebookEntry,
  insertProduct2,
  recordId,
} from '@umbra/testing';
import { aside, build, stamp } from './records.ts';
import { withStore } from './with-store.ts';

describe('the read path', () => {
  it('lists active products of classes, by tier, name and SKU', () =>
    withStore(async ({ store: { reads }, db: { client } }) => {
      const product = (sku: string, changes: Parameters<typeof insertProduct2>[1] = {}) =>
        insertProduct2(client, {
          StockKeepingUnit: sku,
          Internet_Plan_Tier__c: 'Gold',
          Name: 'N',
          ...changes,
        });
      await product('D', { Name: 'Z' });
      await product('C');
      await product('B', { Internet_Plan_Tier__c: 'Bronze', Description: null });
      await product('A', { Internet_Plan_Tier__c: null });
      await product('X1', { IsActive: false });
      await product('X2', { IsArchived: true });
      await product('X3', { IsActive: null });
      await product('X4', { Item_Class__c: 'VPN Plan' });
      await product('X5', { Item_Class__c: null });
      await product('S', { Item_Class__c: 'SIM Plan', Name: 'A', IsArchived: null });
      const { rows } = await reads.productsByClass(['Internet Plan', 'SIM Plan']);
      expect(rows.map(({ sku }) => sku)).toEqual(['B', 'S', 'C', 'D', 'A']);
      expect(rows[0]).toEqual({
        productId: expect.stringMatching(/^01t/),
        sku: 'B',
        name: 'N',
        itemClass: 'Internet Plan',
        offeringType: 'FTTH',
        planTier: 'Bronze',
        vpnRegion: null,
        active: true,
        description: null,
      });
      expect(await reads.productsByClass([])).toEqual({ coveredAt: undefined, rows: [] });
    }));

  it('finds products by SKU, inactive ones too, and none that is aside', () =>
    withStore(async ({ store: { reads, shadow }, db: { client } }) => {
      await insertProduct2(client, { StockKeepingUnit: 'OFF', IsActive: false });
      await insertProduct2(client, { StockKeepingUnit: 'ON' });
      const gone = build.Product2({ StockKeepingUnit: 'GONE' });
      await shadow.transaction((tx) =>
        tx.write([aside('Product2', gone, stamp(5), { reason: 'deleted' }, { alive: false })]),
      );
      const { rows } = await reads.productsBySku(['ON', 'GONE', 'NEVER', 'OFF']);
      expect(rows.map(({ sku, active }) => [sku, active])).toEqual([
        ['OFF', false],
        ['ON', true],
      ]);
    }));

  it('gives the active prices of one book, in every currency, with two decimals', () =>
    withStore(async ({ store: { reads }, db: { client } }) => {
      const one = String((await insertProduct2(client, { Id: recordId('01t', 1) }))['Id']);
      const two = String((await insertProduct2(client, { Id: recordId('01t', 2) }))['Id']);
      const price = (Product2Id: string, CurrencyIsoCode: string, changes = {}) =>
        insertPricebookEntry(client, { Product2Id, CurrencyIsoCode, ...changes });
      await price(one, 'USD', { UnitPrice: '10' });
      await price(one, 'EUR', { UnitPrice: '9.5' });
      await price(two, 'EUR');
      await price(two, 'USD', { IsActive: false });
      await price(two, 'CHF', { Pricebook2Id: recordId('01s', 2) });
      const { rows } = await reads.prices([one, two, recordId('01t', 3)], builtPricebookId);
      expect(rows).toEqual([
        { pricebookEntryId: expect.any(String), productId: one, unitPrice: '9.50', currency: 'EUR' },
        { pricebookEntryId: expect.any(String), productId: one, unitPrice: '10.00', currency: 'USD' },
        { pricebookEntryId: expect.any(String), productId: two, unitPrice: '49.90', currency: 'EUR' },
      ]);
    }));

  it('gives the eligibility of those accounts that there are, and when it was read', () =>
    withStore(async ({ store: { reads }, db: { client } }) => {
      const accountId = String((await insertAccount(client, { Internet_Eligibility_Source__c: null }))['Id']);
      const { rows } = await reads.eligibility([accountId, recordId('001', 999_999)]);
      expect(rows).toEqual([
        {
          accountId,
          internetEligibility: 'FTTH',
          eligibilitySource: null,
          readAt: new Date('2026-01-01T00:00:00.000Z'),
        },
      ]);
      expect((await reads.eligibility([recordId('001', 999_999)])).rows).toEqual([]);
    }));

  it('uses the index of the class and of the product', () =>
    withStore(async ({ db }) => {
      await db.rows('SET enable_seqscan = off');
      const plan = async (text: string) => JSON.stringify(await db.rows(`EXPLAIN ${text}`));
      expect(await plan(`SELECT 1 FROM sf_product_shadow WHERE item_class = ANY ('{a,b}')`)).toContain(
        'sf_product_shadow_item_class_idx',
      );
      expect(await plan(`SELECT 1 FROM sf_pricebook_shadow WHERE product_id = ANY ('{a,b}')`)).toContain(
        'sf_pricebook_shadow_product_id_idx',
      );
    }));
});
