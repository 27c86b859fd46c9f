import { describe, expect, it } from '@jest/globals';
import { UmbraError, type ShadowTransaction } from '@umbra/domain';
import { recordId } from '@umbra/testing';
import { aside, build, inMain, stamp } from './records.ts';
import { withStore, type StoreUnderTest } from './with-store.ts';

/** Two transactions that have both begun before either goes on. */
async function together(
  { store }: StoreUnderTest,
  works: readonly ((tx: ShadowTransaction) => Promise<void>)[],
): Promise<number> {
  let begun = 0;
  let attempts = 0;
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  await Promise.all(
    works.map((work) =>
      store.shadow.transaction(async (tx) => {
        attempts += 1;
        if (++begun === works.length) open();
        await gate;
        await work(tx);
      }),
    ),
  );
  return attempts;
}

describe('transactions at the same time', () => {
  it('put a new record into one home only', () =>
    withStore(async (under) => {
      const leaves = build.Account();
      const id = String(leaves['Id']);
      const place = (kind: 'main' | 'aside') => async (tx: ShadowTransaction) => {
        const known = await tx.load('Account', [id]);
        if (known.size > 0) return;
        await tx.write([
          kind === 'main'
            ? inMain('Account', leaves, stamp(5))
            : aside('Account', leaves, stamp(5), { reason: 'image_missing' }),
        ]);
      };
      await together(under, [place('main'), place('aside')]);
      const homes = await under.db.rows(
        'SELECT account_id FROM sf_account_eligibility_shadow UNION ALL SELECT record_id FROM sf_shadow_aside',
      );
      expect(homes).toEqual([{ account_id: id }]);
    }));

  it('notice a record that somebody put into both homes', () =>
    withStore(async ({ store, db }) => {
      const leaves = build.Account();
      const record = inMain('Account', leaves, stamp(5));
      await store.shadow.transaction((tx) => tx.write([record]));
      await db.rows(
        `INSERT INTO sf_shadow_aside (object, record_id, alive, reason, since, doc, v_alive, v_max)
         VALUES ('Account', $1, true, 'image_missing', now(), '{}', '', '')`,
        [leaves['Id']],
      );
      await expect(
        store.shadow.transaction((tx) => tx.load('Account', [String(leaves['Id'])])),
      ).rejects.toMatchObject({ code: 'STORE_TWO_HOMES' });
    }));

  it('repeat themselves after a deadlock, and both succeed', () =>
    withStore(async (under) => {
      const [a, b] = [1, 2].map((n) => build.Product2({ Id: recordId('01t', n) }));
      const ids = [a, b].map((leaves) => String(leaves?.['Id']));
      let first = 0;
      let both: () => void = () => undefined;
      const crossed = new Promise<void>((resolve) => (both = resolve));
      const cross = (skus: readonly string[]) => async (tx: ShadowTransaction) => {
        await tx.lockSkus([String(skus[0])]);
        if (++first === 2) both();
        await crossed;
        await tx.lockSkus([String(skus[1])]);
      };
      expect(await together(under, [cross(['X', 'Y']), cross(['Y', 'X'])])).toBe(3);
      expect(ids).toHaveLength(2);
    }));

  it('give up after five repetitions', () =>
    withStore(async ({ store }) => {
      let attempts = 0;
      await expect(
        store.shadow.transaction(async () => {
          attempts += 1;
          throw new UmbraError('STORE_CONFLICT', 'again');
        }),
      ).rejects.toMatchObject({ code: 'STORE_CONFLICT', retry: 'now' });
      expect(attempts).toBe(6);
    }));

  it('do not let a price slip under a product that leaves', () =>
    withStore(async (under) => {
      const product = build.Product2();
      const parentKey = String(product['Id']);
      await under.store.shadow.transaction((tx) => tx.write([inMain('Product2', product, stamp(5))]));
      const addPrice = async (tx: ShadowTransaction) => {
        const price = build.PricebookEntry({ Product2Id: parentKey });
        await tx.load('PricebookEntry', [String(price['Id'])]);
        const present = await tx.presentInMain('Product2', [parentKey]);
        await tx.write([
          present.has(parentKey)
            ? inMain('PricebookEntry', price, stamp(5))
            : aside('PricebookEntry', price, stamp(5), { reason: 'product_missing', parentKey }),
        ]);
      };
      const leave = async (tx: ShadowTransaction) => {
        await tx.load('Product2', [parentKey]);
        const children = await tx.childrenOf('Product2', [parentKey]);
        const prices = await tx.load(
          'PricebookEntry',
          children.map((child) => child.recordId),
        );
        await tx.write([
          aside('Product2', product, stamp(6), { reason: 'sku_missing' }),
          ...[...prices.values()].map(({ state }) => ({
            state,
            home: { kind: 'aside', reason: 'product_missing' } as const,
            parentKey,
            uniqueKey: null,
          })),
        ]);
      };
      for (let n = 0; n < 5; n += 1) {
        await together(under, [addPrice, leave, addPrice]);
        expect(await under.db.rows('SELECT 1 FROM sf_pricebook_shadow')).toEqual([]);
        await under.store.shadow.transaction((tx) => tx.write([inMain('Product2', product, stamp(7))]));
      }
      expect(await under.db.rows('SELECT 1 FROM sf_shadow_aside')).toHaveLength(10);
    }));

  it('draw one number for one set of leaves, and different numbers for different sets', () =>
    withStore(async ({ store }) => {
      const draw = (leaves: readonly string[]) => store.shadow.schemaRevision('Account', leaves);
      const drawn = await Promise.all([draw(['A', 'B']), draw(['B', 'A', 'A']), draw(['A']), draw(['C'])]);
      expect(drawn[0]).toBe(drawn[1]);
      expect(new Set(drawn).size).toBe(3);
      expect([...new Set(drawn)].toSorted()).toEqual([1, 2, 3]);
      expect(await store.shadow.leavesOf('Account', Number(drawn[0]))).toEqual(new Set(['A', 'B']));
      expect(await store.shadow.schemaRevision('Product2', ['Z'])).toBe(1);
    }));
});
