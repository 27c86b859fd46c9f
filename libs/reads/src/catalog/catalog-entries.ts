import { z } from 'zod';
import type { PriceRow, ProductRow } from '@umbra/domain';
import { cacheEntrySchema } from '../source/question.ts';

/** Rows as the cache keeps them. Explicit shapes: a property that is not named here is never stored or shown. */
const productRow: z.ZodType<ProductRow> = z.object({
  productId: z.string(),
  sku: z.string(),
  name: z.string(),
  itemClass: z.string().nullable(),
  offeringType: z.string().nullable(),
  planTier: z.string().nullable(),
  vpnRegion: z.string().nullable(),
  active: z.boolean(),
  description: z.string().nullable(),
});

const priceRow: z.ZodType<PriceRow> = z.object({
  pricebookEntryId: z.string(),
  productId: z.string(),
  unitPrice: z.string(),
  currency: z.string(),
});

export const productListEntry = cacheEntrySchema(z.array(productRow));
export const productEntry = cacheEntrySchema(productRow.nullable());
export const priceListEntry = cacheEntrySchema(z.array(priceRow));
