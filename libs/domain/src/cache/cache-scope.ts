import type { ColumnValues } from '../ports/shadow-store.ts';
import type { Leaves } from '../sobject/leaf.ts';
import type { MirroredObjectName } from '../sobject/mirrored-object.ts';
import { catalogPrefix, eligibilityPrefix, cacheName } from './cache-key.ts';

/**
 * A scope is what cache entries depend on, and what a change touches. Reads fill entries under the scopes named here;
 * sync invalidates the scopes that `scopesTouchedBy` names. One side without the other serves outdated answers, so
 * both use this file.
 */

/** All catalogue entries: for structural changes, and for set-based writes that name no records. */
export const allCatalogScope = catalogPrefix;
/** All eligibility entries. */
export const allEligibilityScope = eligibilityPrefix;

/** Lists that show products of this `item_class`. */
export function itemClassScope(itemClass: string): string {
  return cacheName(catalogPrefix, ['class', itemClass]);
}

/** The product that carries this SKU, or its absence. */
export function skuScope(sku: string): string {
  return cacheName(catalogPrefix, ['sku', sku]);
}

/** Prices of this product. */
export function productPricesScope(productId: string): string {
  return cacheName(catalogPrefix, ['product-prices', productId]);
}

/** Eligibility of this account, or its absence. */
export function accountScope(accountId: string): string {
  return cacheName(eligibilityPrefix, ['account', accountId]);
}

/** What readers could see of a record while it stood in its shadow table. */
export interface TouchedImage {
  /** The user's columns. */
  readonly columns: ColumnValues;
  /** Merged leaves, as in `raw_payload`. */
  readonly leaves: Leaves;
}

/** A record that a committed transaction wrote. */
export interface TouchedRecord {
  readonly object: MirroredObjectName;
  readonly recordId: string;
  /** null: it did not stand in its shadow table before. */
  readonly before: TouchedImage | null;
  /** null: it does not stand in its shadow table now. */
  readonly after: TouchedImage | null;
}

/** Leaves without a column of their own that catalogue answers show or filter by. */
export const shownProductLeaves = ['Description', 'IsActive', 'IsArchived'] as const;

const shownColumns: Record<MirroredObjectName, readonly string[]> = {
  Product2: ['sku', 'name', 'item_class', 'offering_type', 'plan_tier', 'vpn_region'],
  PricebookEntry: ['product_id', 'pricebook_id', 'unit_price', 'currency_iso_code', 'is_active'],
  Account: ['internet_eligibility', 'eligibility_source'],
};

/** The scopes to invalidate after these records were committed; none for changes that no answer shows. */
export function scopesTouchedBy(touched: readonly TouchedRecord[]): string[] {
  const scopes = new Set<string>();
  for (const record of touched) {
    if (!changesAnAnswer(record)) continue;
    for (const image of [record.before, record.after]) {
      if (image !== null) for (const scope of scopesOf(record, image.columns)) scopes.add(scope);
    }
  }
  return [...scopes];
}

function changesAnAnswer({ object, before, after }: TouchedRecord): boolean {
  if (before === null || after === null) return before !== after;
  const columnDiffers = shownColumns[object].some((name) => before.columns[name] !== after.columns[name]);
  if (columnDiffers || object !== 'Product2') return columnDiffers;
  return shownProductLeaves.some((leaf) => (before.leaves[leaf] ?? null) !== (after.leaves[leaf] ?? null));
}

function scopesOf(record: TouchedRecord, columns: ColumnValues): string[] {
  switch (record.object) {
    case 'Product2':
      return [...textOf(columns, 'item_class').map(itemClassScope), ...textOf(columns, 'sku').map(skuScope)];
    case 'PricebookEntry':
      return textOf(columns, 'product_id').map(productPricesScope);
    case 'Account':
      return [accountScope(record.recordId)];
  }
}

function textOf(columns: ColumnValues, name: string): string[] {
  const value = columns[name];
  return typeof value === 'string' ? [value] : [];
}
