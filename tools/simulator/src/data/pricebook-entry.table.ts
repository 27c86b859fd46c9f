import type { SfRecord } from '../org/record.ts';
import { idRenderer } from '../org/ids.ts';
import { auditDates } from './base-time.ts';
import { listTable, listThenComputed, type BaseTable } from './base-table.ts';
import { catalogue } from './catalogue.ts';
import { columnMaker, type Column } from './column.ts';
import { mix } from './mix.ts';
import { PARTNER_PRICEBOOK_ORDINAL, STANDARD_PRICEBOOK_ORDINAL, userIdColumn } from './setup.tables.ts';

/**
 * PricebookEntry: the catalogue's prices, then two entries for each computed product: the standard price in euro, and
 * one more that is the standard price in dollars or pounds, or the partner price in euro. By chance 1 in 1,000 entries
 * has three decimals, 1 in 2,000 is too large for numeric(12,2), 1 in 25 is inactive.
 */
interface ListedPrice {
  readonly product: number;
  readonly record: SfRecord;
  readonly deleted: boolean;
}

function listedPrices(
  singleCurrency: boolean,
  productId: (ordinal: number) => string,
  bookId: (ordinal: number) => string,
): ListedPrice[] {
  const listed: ListedPrice[] = [];
  catalogue.forEach((product, index) => {
    const ordinal = index + 1;
    const add = (book: number, currency: string, price: number): void => {
      listed.push({
        product: ordinal,
        deleted: product.deleted === true,
        record: {
          Pricebook2Id: bookId(book),
          Product2Id: productId(ordinal),
          CurrencyIsoCode: currency,
          UnitPrice: price,
          IsActive: true,
          UseStandardPrice: false,
          IsArchived: false,
        },
      });
    };
    for (const [currency, price] of Object.entries(product.prices)) {
      if (singleCurrency && currency !== 'EUR') continue;
      add(STANDARD_PRICEBOOK_ORDINAL, currency, price);
    }
    const euro = product.prices['EUR'];
    if (product.partnerFactor !== undefined && euro !== undefined) {
      add(PARTNER_PRICEBOOK_ORDINAL, 'EUR', Math.round(euro * product.partnerFactor * 100) / 100);
    }
  });
  return listed;
}

/** Which price of which computed product stands at an ordinal, and the way back. */
interface Layout {
  readonly first: number;
  readonly count: number;
  productOf(ordinal: number): number;
  /** 0: standard in euro; 1: the other one. */
  slotOf(ordinal: number): 0 | 1;
  ordinalsOf(product: number): readonly number[];
}

function layoutOf(listed: readonly ListedPrice[], count: number): Layout {
  const first = listed.length + 1;
  const byListed = new Map<number, number[]>();
  listed.forEach((price, index) => {
    byListed.set(price.product, [...(byListed.get(price.product) ?? []), index + 1]);
  });
  return {
    first,
    count,
    productOf: (ordinal) => catalogue.length + 1 + ((ordinal - first) >>> 1),
    slotOf: (ordinal) => ((ordinal - first) & 1) as 0 | 1,
    ordinalsOf: (product) => {
      if (product <= catalogue.length) return byListed.get(product) ?? [];
      const start = first + (product - catalogue.length - 1) * 2;
      return [start, start + 1].filter((ordinal) => ordinal <= count);
    },
  };
}

function computedColumns(
  seed: number,
  singleCurrency: boolean,
  layout: Layout,
  productId: (ordinal: number) => string,
  bookId: (ordinal: number) => string,
): Map<string, Column> {
  const make = columnMaker(seed, 'PricebookEntry');
  const second = make.salt('second');
  const amount = make.salt('amount');
  const odd = make.salt('odd');
  /** EUR partner, USD standard, GBP standard: what the second entry of a product is. */
  const secondKind = (ordinal: number): 0 | 1 | 2 =>
    singleCurrency ? 0 : ((mix(second, layout.productOf(ordinal)) % 3) as 0 | 1 | 2);
  const isPartner = (ordinal: number): boolean => layout.slotOf(ordinal) === 1 && secondKind(ordinal) === 0;
  const currency = (ordinal: number): string =>
    layout.slotOf(ordinal) === 0 ? 'EUR' : (['EUR', 'USD', 'GBP'][secondKind(ordinal)] as string);
  const price = (ordinal: number): number => {
    const chance = mix(odd, ordinal);
    const euros = 2 + (mix(amount, layout.productOf(ordinal)) % 160);
    if (chance % 2000 === 7) return 10_000_000_000 + euros * 1000.5;
    if (chance % 1000 === 8) return euros + 0.125;
    const factor = isPartner(ordinal)
      ? 0.85
      : [1, 1.08, 0.86][layout.slotOf(ordinal) === 0 ? 0 : secondKind(ordinal)];
    return Math.round((euros + 0.9) * (factor ?? 1) * 100) / 100;
  };
  const users = userIdColumn(make.salt('users'));
  const partner = bookId(PARTNER_PRICEBOOK_ORDINAL);
  const standard = bookId(STANDARD_PRICEBOOK_ORDINAL);
  return new Map<string, Column>(
    Object.entries({
      Pricebook2Id: make.text((ordinal) => (isPartner(ordinal) ? partner : standard)),
      Product2Id: make.text((ordinal) => productId(layout.productOf(ordinal))),
      CurrencyIsoCode: make.text(currency),
      UnitPrice: { value: price },
      IsActive: { value: (ordinal: number) => (mix(odd, ordinal) >>> 8) % 25 !== 0 },
      UseStandardPrice: make.constant(false),
      IsArchived: make.constant(false),
      CreatedById: users,
      LastModifiedById: users,
      ...auditDates(make.salt('audit')),
    }),
  );
}

/** Prices of deleted products are in the bin with them. */
export function pricebookEntryTable(
  seed: number,
  count: number,
  products: BaseTable,
  singleCurrency: boolean,
): BaseTable {
  const productId = idRenderer('01t');
  const bookId = idRenderer('01s');
  const listed = listedPrices(singleCurrency, productId, bookId);
  const mostPrices = listed.length + 2 * Math.max(0, products.count - catalogue.length);
  const layout = layoutOf(listed, Math.min(count, mostPrices));
  const columns = computedColumns(seed, singleCurrency, layout, productId, bookId);
  const deleted = new Set<number>();
  const records = listed.map((price, index) => {
    if (price.deleted) deleted.add(index + 1);
    const record: SfRecord = { ...price.record };
    for (const field of [
      'CreatedById',
      'LastModifiedById',
      'CreatedDate',
      'LastModifiedDate',
      'SystemModstamp',
    ]) {
      record[field] = columns.get(field)?.value(index + 1) ?? null;
    }
    return record;
  });
  const table = listThenComputed(listTable(records, deleted), layout.count, columns, (ordinal) =>
    products.isDeleted(layout.productOf(ordinal)),
  );
  return {
    ...table,
    children: (field, parent) => (field === 'Product2Id' ? layout.ordinalsOf(parent) : undefined),
  };
}
