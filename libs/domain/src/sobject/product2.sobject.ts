import type { Leaves } from './leaf.ts';
import type { MirroredObject } from './mirrored-object.ts';

/** An index entry of PostgreSQL's btree takes 2,704 bytes; a character takes up to four. */
export const INDEXED_TEXT_MAX = 600;

/** The catalogue: products by SKU, in areas by `item_class`. */
export const product2: MirroredObject = {
  name: 'Product2',
  table: 'sf_product_shadow',
  keyColumn: 'product_id',
  keyPrefix: '01t',
  columns: [
    {
      column: 'sku',
      leaf: 'sku',
      mapped: true,
      type: 'text',
      missing: 'sku_missing',
      maxLength: INDEXED_TEXT_MAX,
    },
    { column: 'name', leaf: 'Name', type: 'text', missing: 'name_missing' },
    { column: 'item_class', leaf: 'item_class', mapped: true, type: 'text', maxLength: INDEXED_TEXT_MAX },
    { column: 'offering_type', leaf: 'offering_type', mapped: true, type: 'text' },
    { column: 'plan_tier', leaf: 'plan_tier', mapped: true, type: 'text' },
    { column: 'vpn_region', leaf: 'vpn_region', mapped: true, type: 'text' },
  ],
  uniqueColumn: 'sku',
  readOnlyLeaves: ['Id', 'IsDeleted', 'SystemModstamp', 'LastViewedDate', 'LastReferencedDate'],
};

/** Offered at all, and first in line when two products claim one SKU. */
export function isActiveProduct(leaves: Leaves): boolean {
  return leaves['IsActive'] === true && leaves['IsArchived'] !== true;
}
