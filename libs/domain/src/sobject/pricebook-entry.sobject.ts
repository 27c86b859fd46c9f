import type { MirroredObject } from './mirrored-object.ts';

/** Prices: one entry per product, price book and currency. An entry without its product waits aside. */
export const pricebookEntry: MirroredObject = {
  name: 'PricebookEntry',
  table: 'sf_pricebook_shadow',
  keyColumn: 'pricebook_entry_id',
  keyPrefix: '01u',
  columns: [
    { column: 'product_id', leaf: 'Product2Id', type: 'id', missing: 'product_missing' },
    { column: 'pricebook_id', leaf: 'Pricebook2Id', type: 'id', missing: 'pricebook_missing' },
    { column: 'unit_price', leaf: 'UnitPrice', type: 'decimal(12,2)', missing: 'price_missing' },
    { column: 'currency_iso_code', leaf: 'CurrencyIsoCode', type: 'text', missing: 'currency_missing' },
    { column: 'is_active', leaf: 'IsActive', type: 'boolean', missing: 'active_missing' },
  ],
  parent: { object: 'Product2', leaf: 'Product2Id', column: 'product_id' },
  readOnlyLeaves: ['Id', 'IsDeleted', 'SystemModstamp', 'Name', 'ProductCode'],
};
