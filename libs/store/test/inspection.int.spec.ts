import { describe, expect, it } from '@jest/globals';
import { insertAccount, recordId } from '@umbra/testing';
import { aside, build, stamp } from './records.ts';
import { withStore } from './with-store.ts';

describe('inspection', () => {
  it('lists what is parked, longest waiting first, deleted records on demand', () =>
    withStore(async ({ store: { inspection, shadow }, db }) => {
      const parentKey = recordId('01t', 9);
      const waiting = [
        aside('Product2', build.Product2({ Id: recordId('01t', 1) }), stamp(5), {
          reason: 'sku_taken',
          uniqueKey: 'X',
        }),
        aside(
          'PricebookEntry',
          build.PricebookEntry({ Id: recordId('01u', 1), Product2Id: parentKey }),
          stamp(5),
          {
            reason: 'product_missing',
            parentKey,
          },
        ),
        aside(
          'Product2',
          build.Product2({ Id: recordId('01t', 2) }),
          stamp(5),
          { reason: 'deleted' },
          { alive: false },
        ),
      ];
      for (const [index, record] of waiting.entries()) {
        await db.shiftClock(index * 1_000);
        await shadow.transaction((tx) => tx.write([record]));
      }
      const all = await inspection.listParked({ limit: 10 });
      expect(all).toEqual([
        {
          object: 'Product2',
          recordId: recordId('01t', 1),
          reason: 'sku_taken',
          since: expect.any(Date),
          parentId: null,
          sku: 'X',
        },
        expect.objectContaining({
          object: 'PricebookEntry',
          reason: 'product_missing',
          parentId: parentKey,
          sku: null,
        }),
      ]);
      expect(await inspection.listParked({ limit: 1 })).toEqual(all.slice(0, 1));
      expect(await inspection.listParked({ object: 'PricebookEntry', limit: 10 })).toEqual(all.slice(1));
      expect(await inspection.listParked({ reason: 'deleted', limit: 10 })).toMatchObject([
        { reason: 'deleted' },
      ]);
      expect(await inspection.listParked({ object: 'Account', reason: 'deleted', limit: 10 })).toEqual([]);
    }));

  it('tells the age of the oldest row of each table', () =>
    withStore(async ({ store: { inspection }, db }) => {
      await insertAccount(db.client);
      await db.rows(`UPDATE sf_account_eligibility_shadow SET updated_at = sf_now() - interval '90 seconds'`);
      await insertAccount(db.client);
      await db.rows(
        `UPDATE sf_account_eligibility_shadow SET updated_at = sf_now() WHERE updated_at < '2026-02-01'`,
      );
      const ages = await inspection.oldestRows();
      expect(ages).toEqual([
        { table: 'sf_product_shadow', ageSeconds: undefined },
        { table: 'sf_pricebook_shadow', ageSeconds: undefined },
        { table: 'sf_account_eligibility_shadow', ageSeconds: expect.closeTo(90, -1) },
      ]);
      const accounts = async () => (await inspection.oldestRows())[2]?.ageSeconds;
      await db.shiftClock(60_000);
      expect(await accounts()).toBeCloseTo(150, -1);
      await db.rows(`UPDATE sf_account_eligibility_shadow SET updated_at = sf_now()
        WHERE updated_at = (SELECT min(updated_at) FROM sf_account_eligibility_shadow)`);
      expect(await accounts()).toBeCloseTo(60, -1);
      await db.rows('UPDATE sf_account_eligibility_shadow SET updated_at = sf_now()');
      expect(await accounts()).toBeCloseTo(0, -1);
      await db.rows('DELETE FROM sf_account_eligibility_shadow');
      expect(await accounts()).toBeUndefined();
    }));

  it('remembers the org that was seen last', () =>
    withStore(async ({ store: { org } }) => {
      expect(await org.known()).toBeUndefined();
      const facts = { orgId: '00D1', instance: 'EU1', isMultiCurrency: true, standardPricebookId: null };
      await org.remember(facts);
      await org.remember({ ...facts, standardPricebookId: '01s1' });
      expect(await org.known()).toEqual({ ...facts, standardPricebookId: '01s1', seenAt: expect.any(Date) });
    }));
});
