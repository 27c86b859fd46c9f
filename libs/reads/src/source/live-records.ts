import {
  account,
  bindColumns,
  columnCell,
  isActiveProduct,
  pricebookEntry,
  product2,
  winnerOf,
  type BoundColumn,
  type Condition,
  type FieldMap,
  type Leaves,
  type LiveReads,
  type MirroredObject,
  type PriceRow,
  type ProductRow,
  type RequestClass,
} from '@umbra/domain';
import type { PriceListing } from './price-listing.ts';

/** Two pages of REST: what a reader may wait for. */
export const LIVE_ROWS_MAX = 4_000;

type Columns = Readonly<Record<string, string | boolean | null>>;

export interface LiveRows<R> {
  readonly rows: readonly R[];
  /** `Date` of the answer. */
  readonly at: Date;
  /** Every record seen, also those that no shadow table could hold. */
  readonly ids: readonly string[];
}

export interface LiveEligibility {
  readonly internetEligibility: string | null;
  readonly eligibilitySource: string | null;
}

/**
 * Salesforce's answers in the form of shadow rows. Records that their shadow table could not hold (no SKU, a price
 * that `numeric(12,2)` cannot hold exactly, the loser of a SKU) are left out by the write path's own rules, so that
 * the source of an answer never changes what it says.
 */
export class LiveRecords {
  readonly #live: LiveReads;
  readonly #fieldMap: FieldMap;

  constructor(live: LiveReads, fieldMap: FieldMap) {
    this.#live = live;
    this.#fieldMap = fieldMap;
  }

  /** Active products of these classes. A SKU that a product of another class claims as well is not noticed. */
  async productsByClass(itemClasses: readonly string[], asker: RequestClass): Promise<LiveRows<ProductRow>> {
    const wanted = new Set(itemClasses);
    const active: Condition = { field: 'IsActive', op: '=', value: { type: 'boolean', value: true } };
    const read = await this.#products(
      [inTexts(this.#fieldMap.Product2.item_class, itemClasses), active],
      asker,
    );
    // SOQL compares without regard to case, the shadow with.
    return { ...read, rows: read.rows.filter((row) => row.active && wanted.has(row.itemClass ?? '')) };
  }

  async productsBySku(skus: readonly string[], asker: RequestClass): Promise<LiveRows<ProductRow>> {
    const wanted = new Set(skus);
    const read = await this.#products([inTexts(this.#fieldMap.Product2.sku, skus)], asker);
    return { ...read, rows: read.rows.filter(({ sku }) => wanted.has(sku)) };
  }

  /** Active entries of the price book. */
  async prices(
    productIds: readonly string[],
    { pricebookId, multiCurrency, defaultCurrency }: PriceListing,
    asker: RequestClass,
  ): Promise<LiveRows<PriceRow>> {
    const columns = this.#columnsOf(pricebookEntry, defaultCurrency);
    const fields = columns
      .map(({ leaf }) => leaf)
      .filter((leaf) => multiCurrency || leaf !== 'CurrencyIsoCode');
    const { rows, at } = await this.#select(
      pricebookEntry,
      fields,
      [
        { field: 'Pricebook2Id', op: '=', value: { type: 'id', value: pricebookId } },
        { field: 'IsActive', op: '=', value: { type: 'boolean', value: true } },
        { field: 'Product2Id', op: 'in', values: productIds.map((value) => ({ type: 'id', value })) },
      ],
      asker,
    );
    const prices = rows.flatMap((leaves): PriceRow[] => {
      const cells = project(columns, leaves);
      if (cells === undefined) return [];
      return [
        {
          pricebookEntryId: idOf(leaves),
          productId: String(cells['product_id']),
          unitPrice: String(cells['unit_price']),
          currency: String(cells['currency_iso_code']),
        },
      ];
    });
    return { rows: prices, at, ids: rows.map(idOf) };
  }

  /** No row when there is no such account. */
  async eligibility(accountId: string): Promise<LiveRows<LiveEligibility>> {
    const columns = this.#columnsOf(account, null);
    const { rows, at } = await this.#select(
      account,
      columns.map(({ leaf }) => leaf),
      [{ field: 'Id', op: '=', value: { type: 'id', value: accountId } }],
      'eligibility',
    );
    const found = rows.map((leaves) => {
      const cells = project(columns, leaves) ?? {};
      return {
        internetEligibility: text(cells['internet_eligibility']),
        eligibilitySource: text(cells['eligibility_source']),
      };
    });
    return { rows: found, at, ids: rows.map(idOf) };
  }

  async #products(where: readonly Condition[], asker: RequestClass): Promise<LiveRows<ProductRow>> {
    const columns = this.#columnsOf(product2, null);
    const fields = [...columns.map(({ leaf }) => leaf), 'IsActive'];
    const { rows, at } = await this.#select(product2, fields, where, asker, ['IsArchived', 'Description']);
    const products = rows.flatMap((leaves) => productOf(leaves, columns));
    const bySku = Map.groupBy(products, ({ sku }) => sku);
    const winners = [...bySku.values()].flatMap((claimants) => {
      const winner = winnerOf(claimants.map(({ productId, active }) => ({ recordId: productId, active })));
      return claimants.filter(({ productId }) => productId === winner);
    });
    return { rows: winners, at, ids: rows.map(idOf) };
  }

  #columnsOf(object: MirroredObject, defaultCurrency: string | null): readonly BoundColumn[] {
    return bindColumns(object, { fieldMap: this.#fieldMap, defaultCurrency });
  }

  async #select(
    object: MirroredObject,
    fields: readonly string[],
    where: readonly Condition[],
    asker: RequestClass,
    optional: readonly string[] = [],
  ): Promise<{ rows: readonly Leaves[]; at: Date }> {
    const distinct = [...new Set(['Id', ...fields])];
    const request = { object: object.name, fields: distinct, optional, where };
    return this.#live.select(request, asker, { maxRows: LIVE_ROWS_MAX });
  }
}

function productOf(leaves: Leaves, columns: readonly BoundColumn[]): ProductRow[] {
  const cells = project(columns, leaves);
  if (cells === undefined) return [];
  return [
    {
      productId: idOf(leaves),
      sku: String(cells['sku']),
      name: String(cells['name']),
      itemClass: text(cells['item_class']),
      offeringType: text(cells['offering_type']),
      planTier: text(cells['plan_tier']),
      vpnRegion: text(cells['vpn_region']),
      active: isActiveProduct(leaves),
      description: text(leaves['Description']),
    },
  ];
}

/** The user's columns, or undefined when the shadow table could not hold the record. */
function project(columns: readonly BoundColumn[], leaves: Leaves): Columns | undefined {
  const cells: Record<string, string | boolean | null> = {};
  for (const column of columns) {
    const cell = columnCell(column, leaves[column.leaf]);
    if ('reason' in cell) return undefined;
    cells[column.column] = cell.value;
  }
  return cells;
}

function inTexts(field: string, values: readonly string[]): Condition {
  return { field, op: 'in', values: values.map((value) => ({ type: 'text', value })) };
}

function idOf(leaves: Leaves): string {
  return String(leaves['Id']);
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
