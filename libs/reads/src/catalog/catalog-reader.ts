import {
  itemClassScope,
  pricesKey,
  productKey,
  productListKey,
  productPricesScope,
  skuScope,
  type AreaName,
  type CatalogView,
  type CoveredRows,
  type FieldMap,
  type MirroredObjectName,
  type PriceRow,
  type ProductRow,
  type ShadowReads,
} from '@umbra/domain';
import type { Part } from '../answer/answer.ts';
import { anyAge, type Demand } from '../source/demand.ts';
import { asOfWith } from '../source/dirty-rows.ts';
import type { LiveRecords, LiveRows } from '../source/live-records.ts';
import type { PriceListing } from '../source/price-listing.ts';
import type { Dated, LiveAnswer, Question, ReadFor } from '../source/question.ts';
import type { ReadThrough } from '../source/read-through.ts';
import { unavailable } from '../source/unavailable.ts';
import { priceListEntry, productEntry, productListEntry } from './catalog-entries.ts';

/** A list longer than this reads its prices in one go, not from as many cache entries. */
const CACHED_PRICES_MAX = 500;

export interface CatalogReaderOptions {
  readonly readThrough: ReadThrough;
  readonly shadow: ShadowReads;
  readonly live: LiveRecords;
  readonly fieldMap: FieldMap;
  readonly mappingVersion: string;
  /** Asked for before every read of prices, so the caller keeps the answer. */
  readonly priceListing: () => Promise<PriceListing>;
  readonly boundSeconds: number;
}

/** On whose behalf, and how young. */
export interface Reader {
  readonly readFor: ReadFor;
  readonly demand: Demand;
}

export const anyReader: Reader = { readFor: 'catalogue', demand: anyAge };

interface Pricing extends PriceListing {
  readonly view: CatalogView;
}

/** Products and prices, from whichever source. What of them is offered to whom is not decided here. */
export class CatalogReader {
  readonly #options: CatalogReaderOptions;

  constructor(options: CatalogReaderOptions) {
    this.#options = options;
  }

  /** Active products of an area, in no particular order. */
  async productsOf(area: AreaName, demand: Demand = anyAge): Promise<Part<readonly ProductRow[]>> {
    const { shadow, live, fieldMap, readThrough } = this.#options;
    const { view } = await this.#pricing();
    const classes = fieldMap.areas[area];
    return readThrough.askOne<readonly ProductRow[]>(
      {
        ...this.#common('list', view),
        area: 'catalog',
        scopesOf: () => classes.map(itemClassScope),
        caching: {
          entry: productListEntry,
          keyOf: () => productListKey(view, area, classes),
          isAbsence: () => false,
        },
        shadow: (ids) =>
          dated(shadow.productsByClass(classes), listOf, (rows) => ids.map((id) => [id, rows])),
        live: async (ids) => {
          const read = await live.productsByClass(classes, 'catalogue');
          return answered(
            'Product2',
            read,
            ids.map((id) => [id, read.rows]),
          );
        },
      },
      area,
      demand,
    );
  }

  /** The product of each SKU, or null where there is none. */
  async productsBySku(
    skus: readonly string[],
    { readFor, demand }: Reader = anyReader,
  ): Promise<Map<string, Part<ProductRow | null>>> {
    const { shadow, live, readThrough } = this.#options;
    const { view } = await this.#pricing();
    const bySku = (ids: readonly string[], rows: readonly ProductRow[]): [string, ProductRow | null][] => {
      const found = new Map(rows.map((row) => [row.sku, row]));
      return ids.map((id) => [id, found.get(id) ?? null]);
    };
    return readThrough.ask<ProductRow | null>(
      {
        ...this.#common('product', view, readFor),
        area: 'catalog',
        scopesOf: (sku) => [skuScope(sku)],
        caching:
          readFor === 'quote'
            ? null
            : {
                entry: productEntry,
                keyOf: (sku) => productKey(view, sku),
                isAbsence: (value) => value === null,
              },
        shadow: (ids) => dated(shadow.productsBySku(ids), oneOrNone, (rows) => bySku(ids, rows)),
        live: async (ids) => {
          const read = await live.productsBySku(ids, readFor);
          return answered('Product2', read, bySku(ids, read.rows));
        },
      },
      skus,
      demand,
    );
  }

  /**
   * Active entries of the price book, by product id.
   * @param currency null: all currencies
   */
  async pricesOf(
    products: readonly Pick<ProductRow, 'sku' | 'productId'>[],
    currency: string | null,
    { readFor, demand }: Reader = anyReader,
  ): Promise<Map<string, Part<readonly PriceRow[]>>> {
    const { shadow, live, readThrough } = this.#options;
    const { view, ...listing } = await this.#pricing();
    const skuOf = new Map(products.map(({ productId, sku }) => [productId, sku]));
    const byProduct = (
      ids: readonly string[],
      rows: readonly PriceRow[],
    ): [string, readonly PriceRow[]][] => {
      const wanted = rows.filter((row) => currency === null || row.currency === currency);
      const found = Map.groupBy(wanted, ({ productId }) => productId);
      return ids.map((id) => [id, found.get(id) ?? []]);
    };
    const isCached = readFor === 'catalogue' && products.length <= CACHED_PRICES_MAX;
    return readThrough.ask<readonly PriceRow[]>(
      {
        ...this.#common(`prices ${currency ?? ''}`, view, readFor),
        area: 'prices',
        scopesOf: (productId) => [productPricesScope(productId)],
        caching: isCached
          ? {
              entry: priceListEntry,
              keyOf: (productId) => pricesKey(view, { productId, sku: skuOf.get(productId) ?? '' }, currency),
              isAbsence: () => false,
            }
          : null,
        shadow: (ids) =>
          dated(shadow.prices(ids, listing.pricebookId), listOf, (rows) => byProduct(ids, rows)),
        live: async (ids) => {
          const read = await live.prices(ids, listing, readFor);
          return answered('PricebookEntry', read, byProduct(ids, read.rows));
        },
      },
      products.map(({ productId }) => productId),
      demand,
    );
  }

  #common(
    what: string,
    view: CatalogView,
    readFor: ReadFor = 'catalogue',
  ): Pick<Question<unknown>, 'name' | 'readFor' | 'boundSeconds' | 'liveWhenStale' | 'popular'> {
    return {
      readFor,
      name: JSON.stringify([what, readFor, view]),
      boundSeconds: this.#options.boundSeconds,
      liveWhenStale: false,
      popular: true,
    };
  }

  async #pricing(): Promise<Pricing> {
    const { mappingVersion, priceListing } = this.#options;
    try {
      const listing = await priceListing();
      const { pricebookId, defaultCurrency } = listing;
      return { ...listing, view: { mappingVersion, pricebookId, defaultCurrency } };
    } catch (error) {
      throw unavailable(error);
    }
  }
}

const listOf = <R>(rows: readonly R[]): readonly R[] => rows;
const oneOrNone = <R>(row: R | null): readonly R[] => (row === null ? [] : [row]);

/** Of what has no coverage nothing is known: it is left out. */
async function dated<R, V>(
  asked: Promise<CoveredRows<R>>,
  rowsOf: (value: V) => readonly (ProductRow | PriceRow)[],
  values: (rows: readonly R[]) => readonly (readonly [string, V])[],
): Promise<ReadonlyMap<string, Dated<V>>> {
  const { coveredAt, rows } = await asked;
  if (coveredAt === undefined) return new Map();
  return new Map(
    values(rows).map(([id, value]) => [id, { value, asOf: asOfWith(coveredAt, rowsOf(value)) }]),
  );
}

function answered<V>(
  object: MirroredObjectName,
  { at, ids }: LiveRows<unknown>,
  values: readonly (readonly [string, V])[],
): LiveAnswer<V> {
  return {
    values: new Map(values.map(([id, value]) => [id, { value, asOf: at }])),
    shown: ids.length === 0 ? [] : [{ object, ids }],
  };
}
