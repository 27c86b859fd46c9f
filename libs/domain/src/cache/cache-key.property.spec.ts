import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { areaNames } from '../sobject/field-map.ts';
import {
  cacheName,
  eligibilityKey,
  pricesKey,
  productKey,
  productListKey,
  type CatalogView,
} from './cache-key.ts';

/** Short alphabets with the separator and the escape in them, so that collisions would be met often. */
const text = fc.string({ unit: fc.constantFrom('a', 'B', ':', '%', '3A', ' ', 'é'), maxLength: 4 });
const currency: fc.Arbitrary<string | null> = fc.option(fc.constantFrom('EUR', 'USD'));
const view: fc.Arbitrary<CatalogView> = fc.record({
  mappingVersion: text,
  pricebookId: text,
  defaultCurrency: currency,
});

type Question =
  | { ask: 'list'; view: CatalogView; area: (typeof areaNames)[number]; classes: string[] }
  | { ask: 'product'; view: CatalogView; sku: string }
  | { ask: 'prices'; view: CatalogView; sku: string; productId: string; currency: string | null }
  | { ask: 'eligibility'; view: CatalogView; accountId: string };

const kinds: readonly fc.Arbitrary<Question>[] = [
  fc.record({
    ask: fc.constant('list' as const),
    view,
    area: fc.constantFrom(...areaNames),
    classes: fc.uniqueArray(text, { maxLength: 3 }).map((classes) => classes.toSorted()),
  }),
  fc.record({ ask: fc.constant('product' as const), view, sku: text }),
  fc.record({
    ask: fc.constant('prices' as const),
    view,
    sku: text,
    productId: text,
    currency,
  }),
  fc.record({ ask: fc.constant('eligibility' as const), view, accountId: text }),
];
const question = fc.oneof(...kinds);

function keyOf(asked: Question): string {
  switch (asked.ask) {
    case 'list':
      return productListKey(asked.view, asked.area, asked.classes);
    case 'product':
      return productKey(asked.view, asked.sku);
    case 'prices':
      return pricesKey(asked.view, asked, asked.currency);
    case 'eligibility':
      return eligibilityKey(asked.view, asked.accountId);
  }
}

/** The inputs that change the answer to this question: of a list or a product, not which prices are shown. */
function inputsOf(asked: Question): string {
  const { view, ...rest } = asked;
  return JSON.stringify(asked.ask === 'prices' ? asked : { ...rest, mapping: view.mappingVersion });
}

/** Two questions of one kind that differ in an input or two: those that could be mistaken for each other. */
const alike = fc
  .tuple(fc.oneof(...kinds.map((kind) => fc.tuple(kind, kind))), fc.infiniteStream(fc.nat(7)))
  .map(([[one, other], dice]): readonly [Question, Question] => {
    const take = <T extends object>(from: T, instead: T): T =>
      Object.fromEntries(
        Object.entries(from).map(([name, value]) => [
          name,
          dice.next().value === 0 ? instead[name as keyof T] : (value as unknown),
        ]),
      ) as T;
    return [one, { ...take(one, other), view: take(one.view, other.view) }];
  });

describe('cache keys', () => {
  it('sec-12: are shared exactly by questions that agree in every input', () => {
    fc.assert(
      fc.property(fc.oneof(alike, fc.tuple(question, question)), ([one, other]) => {
        expect(keyOf(one) === keyOf(other)).toBe(inputsOf(one) === inputsOf(other));
      }),
      { numRuns: 2000 },
    );
  });

  it('sec-12: tell the same characters apart by where one part ends and the next begins', () => {
    const cut = fc.tuple(fc.array(text, { minLength: 3, maxLength: 5 }), fc.nat(3), fc.nat(3));
    fc.assert(
      fc.property(cut, ([pieces, one, other]) => {
        const split = (at: number): string[] => {
          const end = 1 + (at % (pieces.length - 1));
          return [pieces.slice(0, end).join(':'), pieces.slice(end).join(':')];
        };
        expect(cacheName('a:', split(one)) === cacheName('a:', split(other))).toBe(
          JSON.stringify(split(one)) === JSON.stringify(split(other)),
        );
      }),
    );
  });

  it('differ when a single input of a price differs', () => {
    const base = { mappingVersion: 'm1', pricebookId: 'p1', defaultCurrency: 'EUR' };
    const product = { sku: 'A', productId: '01t' };
    const keys = [
      pricesKey(base, product, null),
      pricesKey(base, product, 'EUR'),
      pricesKey(base, product, 'USD'),
      pricesKey({ ...base, mappingVersion: 'm2' }, product, null),
      pricesKey({ ...base, pricebookId: 'p2' }, product, null),
      pricesKey({ ...base, defaultCurrency: 'USD' }, product, null),
      pricesKey({ ...base, defaultCurrency: null }, product, null),
      pricesKey(base, { ...product, sku: 'B' }, null),
      pricesKey(base, { ...product, productId: '01u' }, null),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('begin with the prefixes that people look for in Redis', () => {
    const base = { mappingVersion: 'm1', pricebookId: 'p1', defaultCurrency: null };
    expect(productKey(base, 'A:1')).toBe('catalog:product:2:m1:A%3A1');
    expect(eligibilityKey(base, '001000000000001AAA')).toBe('eligibility:account:2:m1:001000000000001AAA');
  });
});
