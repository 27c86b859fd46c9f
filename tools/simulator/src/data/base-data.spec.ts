import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { idOf } from '../org/ids.ts';
import { openOrg } from '../org/open-org.ts';
import type { Org, Scale } from '../org/org.ts';
import type { SfRecord } from '../org/record.ts';
import type { TableView } from '../org/table-view.ts';

function digest(org: Org, every: number): string {
  const hash = createHash('sha256');
  const snapshot = org.truth();
  for (const { name } of org.schema.objects) {
    const table = snapshot.table(name);
    const step = name === 'Account' || name === 'Product2' || name === 'PricebookEntry' ? every : 1;
    for (let ordinal = 1; ordinal <= table.maxOrdinal; ordinal += step) {
      if (table.has(ordinal, true)) hash.update(JSON.stringify(table.record(ordinal)));
    }
  }
  snapshot.release();
  return hash.digest('hex');
}

function withOrg<T>(scale: Scale, seed: number, work: (org: Org) => T, singleCurrency = false): T {
  const org = openOrg({ scale, seed, singleCurrency });
  try {
    return work(org);
  } finally {
    org.close();
  }
}

const rows = (table: TableView, all = false): SfRecord[] =>
  [...table.ordinals({}, all)].map((ordinal) => table.record(ordinal));

describe('the same seed', () => {
  it('gives the same org, at any time', () => {
    const first = withOrg('demo', 7, (org) => digest(org, 1));
    expect(withOrg('demo', 7, (org) => digest(org, 1))).toBe(first);
    expect(withOrg('demo', 8, (org) => digest(org, 1))).not.toBe(first);
    expect(withOrg('100k', 7, (org) => digest(org, 997))).toBe(withOrg('100k', 7, (org) => digest(org, 997)));
  });

  it('keeps catalogue and fixed eligibilities whatever the seed and scale', () => {
    for (const [scale, seed] of [
      ['demo', 1],
      ['100k', 2],
    ] as const) {
      withOrg(scale, seed, (org) => {
        const snapshot = org.read();
        expect(snapshot.get('Product2', idOf('01t', 3))).toMatchObject({
          StockKeepingUnit: 'INT-FTTH-GOLD',
          Item_Class__c: 'Internet Plan',
          Internet_Offering_Type__c: 'FTTH',
          Internet_Plan_Tier__c: 'Gold',
        });
        const eligibility = [1, 2, 3, 4].map(
          (n) => snapshot.get('Account', idOf('001', n))?.['Internet_Eligibility__c'],
        );
        expect(eligibility).toEqual(['FTTH', 'FTTH;VDSL', 'Not Eligible', null]);
        snapshot.release();
      });
    }
  });
});

describe('the demo org', () => {
  it('holds each kind of awkward record, and tombstones with their prices', () => {
    withOrg('demo', 7, (org) => {
      const snapshot = org.truth();
      const products = rows(snapshot.table('Product2'));
      const prices = rows(snapshot.table('PricebookEntry'));
      const skus = products.map((product) => product['StockKeepingUnit']);
      expect(skus.filter((sku) => sku === null)).toHaveLength(1);
      expect(skus.filter((sku) => sku === 'SIM-PROMO')).toHaveLength(2);
      expect(new Set(skus).size).toBe(products.length - 1);
      expect(prices.filter((price) => Number(price['UnitPrice']) >= 1e10)).toHaveLength(1);
      expect(
        prices.filter((price) => /\.\d{3}/.test(String(price['UnitPrice']))).length,
      ).toBeGreaterThanOrEqual(1);
      expect(products.filter((product) => product['IsActive'] === false)).toHaveLength(2);
      expect(products.filter((product) => product['IsArchived'] === true)).toHaveLength(1);
      expect(snapshot.table('Product2').count(true) - products.length).toBe(1);
      expect(snapshot.table('PricebookEntry').count(true) - prices.length).toBe(3);
      expect(snapshot.table('Account').count(true) - snapshot.table('Account').count()).toBe(2);
      expect(new Set(prices.map((price) => price['CurrencyIsoCode']))).toEqual(
        new Set(['EUR', 'USD', 'GBP', 'JPY']),
      );
      expect(new Set(products.map((product) => product['Item_Class__c'])).size).toBe(8);
      snapshot.release();
    });
  });

  it('has every eligibility state and speaks several scripts', () => {
    withOrg('demo', 7, (org) => {
      const snapshot = org.truth();
      const states = new Set(
        rows(snapshot.table('Account')).map((account) => account['Internet_Eligibility__c']),
      );
      for (const state of [null, 'Not Eligible', 'FTTH', 'FTTH;VDSL', 'Satellite'])
        expect(states).toContain(state);
      const text = JSON.stringify(rows(snapshot.table('Product2')));
      for (const script of [
        /\p{Script=Greek}/u,
        /\p{Script=Arabic}/u,
        /\p{Script=Katakana}/u,
        /\p{Emoji_Presentation}/u,
        /\\n/,
        /\\"/,
      ]) {
        expect(text).toMatch(script);
      }
      snapshot.release();
    });
  });

  it('drops currencies altogether in a single-currency org', () => {
    withOrg(
      'demo',
      7,
      (org) => {
        const snapshot = org.truth();
        expect(org.schema.object('CurrencyType')).toBeUndefined();
        expect(org.schema.object('PricebookEntry')?.field('CurrencyIsoCode')).toBeUndefined();
        const keys = rows(snapshot.table('PricebookEntry')).map(
          (price) => `${price['Product2Id']} ${price['Pricebook2Id']}`,
        );
        expect(new Set(keys).size).toBe(keys.length);
        snapshot.release();
      },
      true,
    );
  });
});

describe('prices', () => {
  it('always have their product, one per product, book and currency, the standard one among them', () => {
    for (const scale of ['demo', '100k'] as const) {
      withOrg(scale, 5, (org) => {
        const snapshot = org.truth();
        const prices = snapshot.table('PricebookEntry');
        const products = snapshot.table('Product2');
        const standard = org.identity.standardPricebookId;
        const [product, book, currency] = ['Product2Id', 'Pricebook2Id', 'CurrencyIsoCode'].map((name) =>
          prices.column(name),
        );
        const definitions = new Set<string>();
        const all = [...prices.ordinals({}, true)];
        for (const ordinal of all)
          definitions.add(`${product?.(ordinal)} ${book?.(ordinal)} ${currency?.(ordinal)}`);
        expect(definitions.size).toBe(all.length);
        let homeless = 0;
        let withoutStandard = 0;
        for (const ordinal of all) {
          const id = String(product?.(ordinal));
          if (snapshot.get('Product2', id, { all: prices.isDeleted(ordinal), fields: ['Id'] }) === undefined)
            homeless += 1;
          if (!definitions.has(`${id} ${standard} ${currency?.(ordinal)}`)) withoutStandard += 1;
        }
        expect([homeless, withoutStandard]).toEqual([0, 0]);
        const last = products.maxOrdinal;
        expect(products.has(last, true)).toBe(true);
        expect(prices.children(last, 'Product2Id')?.map((ordinal) => product?.(ordinal))).toEqual(
          prices.children(last, 'Product2Id')?.map(() => products.column('Id')(last)),
        );
        snapshot.release();
      });
    }
  });
});

describe('the million-account org', () => {
  it('is computed, not stored: full counts in little memory', () => {
    const heap = (): number => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    const before = heap();
    withOrg('1m', 7, (org) => {
      const snapshot = org.truth();
      expect(snapshot.table('Account').count(true)).toBe(1_000_000);
      expect(snapshot.table('Product2').count(true)).toBe(200_000);
      expect(snapshot.table('PricebookEntry').count(true)).toBe(400_000);
      const accounts = snapshot.table('Account');
      for (let ordinal = 1; ordinal <= 1_000_000; ordinal += 49_999) {
        expect(accounts.record(ordinal)).toEqual(accounts.record(ordinal));
        expect(
          accounts.find('Customer_Number__c', String(accounts.column('Customer_Number__c')(ordinal))),
        ).toEqual(accounts.has(ordinal) ? [ordinal] : []);
      }
      const products = snapshot.table('Product2');
      const sku = products.column('StockKeepingUnit');
      const withoutSku = [...products.ordinals()].filter((ordinal) => sku(ordinal) === null).length;
      expect(withoutSku).toBeGreaterThan(120);
      expect(withoutSku).toBeLessThan(300);
      for (let step = 0; step < 5_000; step++) {
        const id = idOf('001', 201 + step * 199);
        org.transact([
          { op: 'update', object: 'Account', id, fields: { Phone: `+${step}`, Description: 'touched' } },
        ]);
      }
      expect(org.history.length).toBeGreaterThan(4_900);
      snapshot.release();
      expect(heap() - before).toBeLessThan(200e6);
    });
  });
});
