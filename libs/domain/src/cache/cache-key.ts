import type { AreaName } from '../sobject/field-map.ts';

/**
 * The one place where cache keys are built. A key holds every input that changes the answer, so that two questions
 * with different answers never share an entry: forget one input here, and a change of configuration serves the
 * answers of the former one for up to an hour.
 */

/** Raised when the shape of a cached value changes: entries of another release are then never looked at. */
const CACHE_SHAPE = 2;

/** Configuration that every catalogue answer depends on. */
export interface CatalogView {
  /** Hash of the field map: what the columns mean, and which classes make up an area. */
  readonly mappingVersion: string;
  /** Price book whose prices are shown. */
  readonly pricebookId: string;
  /** Currency of entries that carry none; null in an org with several currencies. */
  readonly defaultCurrency: string | null;
}

export const catalogPrefix = 'catalog:';
export const eligibilityPrefix = 'eligibility:';

/** Active products of an area. */
export function productListKey(view: CatalogView, area: AreaName, itemClasses: readonly string[]): string {
  return cacheName(catalogPrefix, ['list', ...mapping(view), area, ...itemClasses.toSorted()]);
}

/** One product, or the fact that there is none. */
export function productKey(view: CatalogView, sku: string): string {
  return cacheName(catalogPrefix, ['product', ...mapping(view), sku]);
}

/** @param currency null: the prices in all currencies */
export function pricesKey(
  view: CatalogView,
  product: { readonly sku: string; readonly productId: string },
  currency: string | null,
): string {
  const pricing = [view.pricebookId, view.defaultCurrency ?? '', currency ?? ''];
  return cacheName(catalogPrefix, ['prices', ...mapping(view), ...pricing, product.sku, product.productId]);
}

export function eligibilityKey(view: Pick<CatalogView, 'mappingVersion'>, accountId: string): string {
  return cacheName(eligibilityPrefix, ['account', ...mapping(view), accountId]);
}

function mapping(view: Pick<CatalogView, 'mappingVersion'>): string[] {
  return [String(CACHE_SHAPE), view.mappingVersion];
}

/** Joins parts so that different parts never make the same key, whatever characters they hold. */
export function cacheName(prefix: string, parts: readonly string[]): string {
  return prefix + parts.map((part) => part.replaceAll('%', '%25').replaceAll(':', '%3A')).join(':');
}
