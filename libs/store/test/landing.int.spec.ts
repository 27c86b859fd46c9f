import { describe, expect, it } from '@jest/globals';
import type { Leaves, OutdatedRows, PlacedRecord, StagedRow, StageFacts } from '@umbra/domain';
import { recordId } from '@umbra/testing';
import { aside, build, collect, facts, inMain, readAt, staged, stamp, stateOf } from './records.ts';
import { batchOf, committedAt, event, lease } from './stream-events.ts';
import { waitsForLock } from './waiting.ts';
import { withStore, type StoreUnderTest } from './with-store.ts';

interface Landing {
  readonly received: number;
  readonly landed: number;
  readonly left: readonly StagedRow[];
  readonly outdated: OutdatedRows;
}

function land({ store }: StoreUnderTest, page: StageFacts, rows: readonly StagedRow[]): Promise<Landing> {
  return store.shadow.transaction(async (tx) => {
    const received = await tx.stage(page, [rows]);
    const { landed, left, outdated } = await tx.landStaged(page);
    return { received, landed, left: await collect(left), outdated };
  });
}

function put({ store }: StoreUnderTest, ...records: PlacedRecord[]): Promise<void> {
  return store.shadow.transaction((tx) => tx.write(records));
}

const none: OutdatedRows = { recordIds: [], since: null };

const ids = (rows: readonly StagedRow[]) => rows.map((row) => row.recordId);

describe('landing a page', () => {
  it('writes what one full read merged into nothing would be', () =>
    withStore(async (under) => {
      const leaves = build.Account({
        Name: 'tab\there, "quote", \\ back, \\t no tab, new\r\nline, \u2028, €, 漢字, 👩‍👩‍👧',
        Internet_Eligibility__c: 'a\tb\\c\nd',
        Internet_Eligibility_Source__c: '\\N',
      });
      const landing = await land(under, facts('Account', stamp(5)), [staged('Account', leaves)]);
      expect(landing).toEqual({ received: 1, landed: 1, left: [], outdated: none });
      const id = String(leaves['Id']);
      const found = await under.store.shadow.peek('Account', [id]);
      expect(found.get(id)).toEqual({
        home: { kind: 'main' },
        state: stateOf('Account', leaves, stamp(5)),
      });
      const columns = await under.db.rows(
        'SELECT internet_eligibility, eligibility_source FROM sf_account_eligibility_shadow',
      );
      expect(columns).toEqual([{ internet_eligibility: 'a\tb\\c\nd', eligibility_source: '\\N' }]);
    }));

  it('replaces a wholly older record and keeps its highest gap', () =>
    withStore(async (under) => {
      const old = build.Account({ Formula__c: 'gone', Name: 'before' });
      const gap = { vGap: stamp(2), gapSince: '2026-01-01T00:00:00.000Z' };
      await put(under, inMain('Account', old, stamp(3), gap));
      const { Formula__c: _gone, ...rest } = old;
      const leaves = { ...rest, Name: 'after' };
      expect((await land(under, facts('Account', stamp(5)), [staged('Account', leaves)])).landed).toBe(1);
      const found = await under.store.shadow.peek('Account', [String(old['Id'])]);
      expect(found.get(String(old['Id']))?.state).toEqual(
        stateOf('Account', leaves, stamp(5), { vGap: stamp(2) }),
      );
    }));

  it('never takes back a modification time', () =>
    withStore(async (under) => {
      const leaves = build.Account();
      const srcModifiedAt = '2026-02-02T00:00:00.000Z';
      await put(under, inMain('Account', leaves, stamp(3), { srcModifiedAt }));
      await land(under, facts('Account', stamp(5)), [
        staged('Account', leaves, { srcModifiedAt: null }),
        staged('Account', build.Account(), { srcModifiedAt: null }),
      ]);
      const found = await under.store.shadow.peek('Account', [String(leaves['Id'])]);
      expect(found.get(String(leaves['Id']))?.state.srcModifiedAt).toBe(srcModifiedAt);
    }));

  it('takes a record that a page names twice as it came first', () =>
    withStore(async (under) => {
      const first = build.Account({ Name: 'first' });
      const rows = [staged('Account', first), staged('Account', { ...first, Name: 'second' })];
      expect(await land(under, facts('Account', stamp(5)), rows)).toEqual({
        received: 2,
        landed: 1,
        left: [],
        outdated: none,
      });
      const [row] = await under.db.rows(
        "SELECT raw_payload ->> 'Name' AS name FROM sf_account_eligibility_shadow",
      );
      expect(row).toEqual({ name: 'first' });
    }));

  it('has nothing left when the same page lands again, and changes nothing', () =>
    withStore(async (under) => {
      const rows = [staged('Account', build.Account()), staged('Account', build.Account())];
      await land(under, facts('Account', stamp(5)), rows);
      const written = () => under.db.rows('SELECT * FROM sf_account_eligibility_shadow ORDER BY 1');
      const before = await written();
      expect((await land(under, facts('Account', stamp(5)), rows)).left).toEqual([]);
      expect(await written()).toEqual(before);
    }));

  it('takes pages one after the other in one transaction', () =>
    withStore(async ({ store, db }) => {
      const page = facts('Account', stamp(5));
      await store.shadow.transaction(async (tx) => {
        for (let n = 0; n < 3; n += 1) {
          const rows = [
            staged('Account', build.Account()),
            staged('Account', build.Account(), { alive: false }),
          ];
          await tx.stage(page, [rows]);
          const { landed, left } = await tx.landStaged(page);
          expect(landed).toBe(1);
          for await (const batch of left) {
            expect(batch).toHaveLength(1);
            break;
          }
        }
      });
      expect(await db.rows('SELECT 1 FROM sf_account_eligibility_shadow')).toHaveLength(3);
    }));

  it('hands back many rows in batches, in key order, between which the transaction may go on', () =>
    withStore(async ({ store }) => {
      const page = facts('Account', stamp(5));
      const rows = Array.from({ length: 1_100 }, (_, n) =>
        staged('Account', build.Account({ Id: recordId('001', 2_000 - n) }), { columns: null }),
      );
      await store.shadow.transaction(async (tx) => {
        await tx.stage(page, [rows.slice(0, 300), [], rows.slice(300)]);
        const { landed, left } = await tx.landStaged(page);
        const seen: string[] = [];
        for await (const batch of left) {
          expect(batch.length).toBeLessThanOrEqual(500);
          await tx.load('Account', ids(batch));
          seen.push(...ids(batch));
        }
        expect(landed).toBe(0);
        expect(seen).toEqual(ids(rows).toSorted());
      });
    }));
});

describe('landing leaves to the merge', () => {
  it.each([
    ['a row that is deleted', { alive: false }],
    ['a row that does not fit', { columns: null }],
  ])('%s, as it was handed in', (_, change) =>
    withStore(async (under) => {
      const row = staged('Account', build.Account(), change);
      const { landed, left } = await land(under, facts('Account', stamp(5)), [row]);
      expect(landed).toBe(0);
      expect(left).toHaveLength(1);
      expect(left[0]).toEqual({ ...row, payload: expect.any(String) });
      expect(JSON.parse(String(left[0]?.payload))).toEqual(JSON.parse(row.payload));
    }),
  );

  it('a record that lives aside', () =>
    withStore(async (under) => {
      const leaves = build.Account();
      await put(under, aside('Account', leaves, stamp(3), { reason: 'deleted' }, { alive: false }));
      const { landed, left } = await land(under, facts('Account', stamp(5)), [staged('Account', leaves)]);
      expect({ landed, left: ids(left) }).toEqual({ landed: 0, left: [leaves['Id']] });
    }));

  it('a record that another transaction is just putting aside', () =>
    withStore(async (under) => {
      const leaves = build.Account();
      let landing: Promise<Landing> | undefined;
      await under.store.shadow.transaction(async (tx) => {
        await tx.load('Account', [String(leaves['Id'])]);
        await tx.write([aside('Account', leaves, stamp(3), { reason: 'image_missing' })]);
        landing = land(under, facts('Account', stamp(5)), [staged('Account', leaves)]);
        expect(await waitsForLock(under.db, landing)).toBe(true);
      });
      expect(await landing).toMatchObject({ landed: 0, left: [{ recordId: leaves['Id'] }] });
    }));

  it.each([
    ['a version above the stamp', { vMax: stamp(6) }],
    ['the stamp itself from elsewhere', { vMax: stamp(5), vBase: stamp(3), vRead: stamp(5) }],
    ['an older revision', { schemaRev: 0 }],
    ['a newer revision', { schemaRev: 2 }],
    ['the version of a leaf outside the revision', { vFields: { Later__c: stamp(2) } }],
  ])('a record with %s', (_, change) =>
    withStore(async (under) => {
      const leaves = build.Account();
      await put(under, inMain('Account', leaves, stamp(3), change));
      const { landed, left } = await land(under, facts('Account', stamp(5)), [staged('Account', leaves)]);
      expect({ landed, left: ids(left) }).toEqual({ landed: 0, left: [leaves['Id']] });
    }),
  );

  it('but not a record whose newer leaves are all in the read', () =>
    withStore(async (under) => {
      const leaves = build.Account();
      await put(under, inMain('Account', leaves, stamp(3), { vFields: { Name: stamp(4) }, vMax: stamp(4) }));
      expect((await land(under, facts('Account', stamp(5)), [staged('Account', leaves)])).landed).toBe(1);
    }));
});

describe('landing products', () => {
  const page = facts('Product2', stamp(5));

  it('leaves every product whose SKU is claimed twice in the page', () =>
    withStore(async (under) => {
      const twice = [1, 2].map((n) => build.Product2({ Id: recordId('01t', n), StockKeepingUnit: 'TWICE' }));
      const once = build.Product2({ Id: recordId('01t', 3) });
      const landing = await land(
        under,
        page,
        [...twice, once].map((leaves) => staged('Product2', leaves)),
      );
      expect(landing).toMatchObject({ landed: 1 });
      expect(ids(landing.left)).toEqual(twice.map(({ Id }) => Id));
    }));

  it('leaves a product whose SKU another one holds, or waits for', () =>
    withStore(async (under) => {
      await put(
        under,
        inMain('Product2', build.Product2({ StockKeepingUnit: 'HELD' }), stamp(3)),
        inMain('Product2', build.Product2({ StockKeepingUnit: 'SOUGHT' }), stamp(3)),
        aside('Product2', build.Product2({ StockKeepingUnit: 'WANTED' }), stamp(3), {
          reason: 'sku_taken',
          uniqueKey: 'WANTED',
        }),
      );
      const rows = ['HELD', 'WANTED', 'FREE'].map((StockKeepingUnit) =>
        staged('Product2', build.Product2({ StockKeepingUnit })),
      );
      const { landed, left } = await land(under, page, rows);
      expect(landed).toBe(1);
      expect(ids(left)).toEqual(ids(rows.slice(0, 2)));
    }));

  it('leaves products that change their SKU, a ring of them too', () =>
    withStore(async (under) => {
      const a = build.Product2({ StockKeepingUnit: 'A' });
      const b = build.Product2({ StockKeepingUnit: 'B' });
      await put(under, inMain('Product2', a, stamp(3)), inMain('Product2', b, stamp(3)));
      const rows = [
        staged('Product2', { ...a, StockKeepingUnit: 'B' }),
        staged('Product2', { ...b, StockKeepingUnit: 'A' }),
      ];
      expect(ids((await land(under, page, rows)).left)).toEqual(ids(rows));
    }));

  it('keeps every other decision on SKUs out until it is committed', () =>
    withStore(async ({ store, db }) => {
      let rival: Promise<void> | undefined;
      await store.shadow.transaction(async (tx) => {
        await tx.stage(page, [[staged('Product2', build.Product2())]]);
        await tx.landStaged(page);
        rival = store.shadow.transaction((other) => other.lockSkus(['ANY']));
        expect(await waitsForLock(db, rival)).toBe(true);
      });
      await rival;
    }));
});

describe('landing prices', () => {
  const page = facts('PricebookEntry', stamp(5));

  it('leaves a price whose product is not in its table', () =>
    withStore(async (under) => {
      const present = build.Product2();
      const waiting = build.Product2();
      await put(
        under,
        inMain('Product2', present, stamp(3)),
        aside('Product2', waiting, stamp(3), { reason: 'sku_missing' }),
      );
      const prices = [present, waiting, build.Product2()].map(({ Id }) =>
        staged('PricebookEntry', build.PricebookEntry({ Product2Id: String(Id) })),
      );
      const { landed, left } = await land(under, page, prices);
      expect(landed).toBe(1);
      expect(ids(left)).toEqual(ids(prices.slice(1)));
      const [row] = await under.db.rows('SELECT unit_price, is_active, updated_at FROM sf_pricebook_shadow');
      expect(row).toEqual({ unit_price: '49.90', is_active: true, updated_at: expect.any(Date) });
    }));

  it('keeps the products from leaving until it is committed', () =>
    withStore(async (under) => {
      const { store, db } = under;
      const product = build.Product2();
      const id = String(product['Id']);
      await put(under, inMain('Product2', product, stamp(3)));
      let children: Promise<readonly unknown[]> | undefined;
      await store.shadow.transaction(async (tx) => {
        const price = build.PricebookEntry({ Product2Id: id });
        await tx.stage(page, [[staged('PricebookEntry', price)]]);
        await tx.landStaged(page);
        children = store.shadow.transaction((other) => other.childrenOf('Product2', [id]));
        expect(await waitsForLock(db, children)).toBe(true);
      });
      expect(await children).toHaveLength(1);
    }));

  it('waits for a product that is just leaving, and leaves its prices', () =>
    withStore(async (under) => {
      const { store, db } = under;
      const product = build.Product2();
      await put(under, inMain('Product2', product, stamp(3)));
      const row = staged('PricebookEntry', build.PricebookEntry({ Product2Id: String(product['Id']) }));
      let landing: Promise<Landing> | undefined;
      await store.shadow.transaction(async (tx) => {
        await tx.write([aside('Product2', product, stamp(4), { reason: 'sku_missing' })]);
        landing = land(under, page, [row]);
        expect(await waitsForLock(db, landing)).toBe(true);
      });
      expect(await landing).toMatchObject({ landed: 0, left: [{ recordId: row.recordId }] });
    }));

  it('stamps what it read', () =>
    withStore(async (under) => {
      const product = build.Product2();
      await put(under, inMain('Product2', product, stamp(3)));
      await land(under, page, [
        staged('PricebookEntry', build.PricebookEntry({ Product2Id: String(product['Id']) })),
      ]);
      const [row] = await under.db.rows(
        'SELECT v_base, v_read, v_alive, v_max, read_at FROM sf_pricebook_shadow',
      );
      expect(row).toEqual({
        v_base: stamp(5),
        v_read: stamp(5),
        v_alive: stamp(5),
        v_max: stamp(5),
        read_at: new Date(readAt),
      });
    }));
});

describe('landing mistrusts', () => {
  /** Records 1 to 3 in the table, 4 aside, modified at commit 9; the log has a change of each at commit 9, of 3 at 12. */
  async function known(under: StoreUnderTest): Promise<readonly Leaves[]> {
    const leaves = [1, 2, 3, 4].map((n) => build.Account({ Id: recordId('001', n) }));
    const modified = { srcModifiedAt: committedAt(9), vMax: stamp(9) };
    await put(
      under,
      ...leaves.slice(0, 3).map((one) => inMain('Account', one, stamp(3), modified)),
      aside('Account', leaves[3]!, stamp(3), { reason: 'image_missing' }, modified),
    );
    const mine = await lease(under.store);
    const events = [1, 2, 4].map((n) => event(9, { ids: [recordId('001', n)], bytes: 40 + n }));
    const above = event(12, { ids: [recordId('001', 3)] });
    await under.store.streamLog.append(mine, batchOf([...events, above], 12));
    return leaves;
  }

  const rowsAt = (leaves: readonly Leaves[], at: number) =>
    leaves.map((one) => staged('Account', one, { srcModifiedAt: committedAt(at) }));

  it('a row that is older than a change at or below its stamp, in either home', () =>
    withStore(async (under) => {
      const leaves = await known(under);
      const landing = await land(under, facts('Account', stamp(10)), rowsAt(leaves, 8));
      expect(landing.outdated).toEqual({
        recordIds: expect.arrayContaining([1, 2, 4].map((n) => recordId('001', n))),
        since: null,
      });
      expect(landing.outdated.recordIds).toHaveLength(3);
      expect({ landed: landing.landed, left: ids(landing.left) }).toEqual({ landed: 1, left: [] });
    }));

  it('no row that is as new as the change, or whose change lies above the stamp', () =>
    withStore(async (under) => {
      const leaves = await known(under);
      expect((await land(under, facts('Account', stamp(10)), rowsAt(leaves, 9))).outdated).toEqual(none);
      expect((await land(under, facts('Account', stamp(8)), rowsAt(leaves, 7))).outdated).toEqual(none);
    }));
});
