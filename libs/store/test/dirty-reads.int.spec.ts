import { describe, expect, it } from '@jest/globals';
import {
  builtPricebookId,
  insertAccount,
  insertPricebookEntry,
  insertProduct2,
  recordId,
} from '@umbra/testing';
import { aside, build, inMain, stamp } from './records.ts';
import { lease, topic } from './stream-events.ts';
import { withStore } from './with-store.ts';

describe('a row with an unresolved gap', () => {
  it('says since when it may be behind; a clean one says nothing', () =>
    withStore(async ({ store: { reads }, db: { client, rows } }) => {
      const productId = recordId('01t', 1);
      await insertProduct2(client, { Id: productId, StockKeepingUnit: 'ONE' });
      await insertPricebookEntry(client, { Product2Id: productId });
      await insertAccount(client, { Id: recordId('001', 1) });
      const answers = async () => {
        const products = await reads.productsBySku(['ONE']);
        const prices = await reads.prices([productId], builtPricebookId);
        const accounts = await reads.eligibility([recordId('001', 1)]);
        return [products.rows[0], prices.rows[0], accounts.rows[0]];
      };
      for (const answer of await answers()) expect(answer).not.toHaveProperty('gapSince');
      const since = new Date('2026-03-01T10:00:00.000Z');
      for (const table of ['product', 'pricebook', 'account_eligibility']) {
        await rows(`UPDATE sf_${table}_shadow SET gap_since = $1`, [since]);
      }
      for (const answer of await answers()) expect(answer).toMatchObject({ gapSince: since });
    }));
});

describe('the records that a read has to repair', () => {
  it('are the living ones of the object in both homes, oldest gap first', () =>
    withStore(async ({ store }) => {
      const gap = (day: number) => ({ vGap: stamp(9), gapSince: `2026-03-0${day}T00:00:00.000Z` });
      const [late, clean, early, gone, middle] = [1, 2, 3, 4, 5].map(() => build.Account());
      await store.shadow.transaction((tx) =>
        tx.write([
          inMain('Account', late!, stamp(1), gap(3)),
          inMain('Account', clean!, stamp(1)),
          inMain('Account', early!, stamp(1), gap(1)),
          aside('Account', gone!, stamp(1), { reason: 'deleted' }, { alive: false, ...gap(1) }),
          aside('Account', middle!, stamp(1), { reason: 'image_missing' }, gap(2)),
        ]),
      );
      const found = await store.dirtyRecords.dirtyRecords('Account', 10);
      expect(found.map(({ recordId: id }) => id)).toEqual(
        [early, middle, late].map((leaves) => leaves!['Id']),
      );
      expect(found[0]).toMatchObject({ vGap: stamp(9), gapSince: new Date('2026-03-01T00:00:00.000Z') });
      expect(await store.dirtyRecords.dirtyRecords('Account', 2)).toEqual(found.slice(0, 2));
      expect(await store.dirtyRecords.dirtyRecords('Product2', 10)).toEqual([]);
    }));
});

describe('the identity of a position', () => {
  it('is kept with its topic, before and after the topic has an owner', () =>
    withStore(async ({ store }) => {
      expect(await store.streamIdentity.known(topic)).toBeUndefined();
      await store.streamIdentity.remember(topic, '00D1/EU1');
      expect(await store.streamIdentity.known(topic)).toBe('00D1/EU1');
      const mine = await lease(store);
      expect(await store.streamIdentity.known(topic)).toBe('00D1/EU1');
      await store.streamLog.raiseEpoch(mine, 'org-changed');
      await store.streamIdentity.remember(topic, '00D1/EU2');
      expect(await store.streamIdentity.known(topic)).toBe('00D1/EU2');
      expect(await store.streamIdentity.known('/data/Other')).toBeUndefined();
    }));
});
