import { widenRecordId } from '@umbra/domain';
import { z } from 'zod';

/** What callers may send. Unknown properties are refused: a misspelt filter must not quietly answer too much. */

const MAX_SKUS = 200;
/** Longer than any SKU (StockKeepingUnit takes 180 characters), so that a mapped custom field has room. */
const MAX_SKU_LENGTH = 255;

/** PostgreSQL stores none. */
const NUL = String.fromCharCode(0);

const accountId = z
  .string()
  .meta({ example: '001000000000001AAA', description: 'Account id of 15 or 18 characters.' })
  .transform((text, context) => {
    const id = widenRecordId(text);
    if (id?.startsWith('001') === true) return id;
    context.addIssue({
      code: 'custom',
      message: 'is no account id (15 or 18 characters, beginning with 001)',
      input: undefined,
    });
    return z.NEVER;
  });

const sku = z
  .string()
  .min(1, 'is empty')
  .max(MAX_SKU_LENGTH, `is longer than ${MAX_SKU_LENGTH} characters`)
  .refine((text) => text.isWellFormed() && !text.includes(NUL), 'holds characters that no SKU has')
  .meta({ example: 'INT-FTTH-GOLD' });

const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'needs an ISO 4217 code like EUR')
  .meta({ example: 'EUR', description: 'Only prices in this currency.' });

const skuList = z
  .string()
  .meta({ example: 'INT-FTTH-GOLD,SIM-20GB', description: `SKUs, comma-separated, at most ${MAX_SKUS}.` })
  .transform((text) => [...new Set(text.split(',').map((part) => part.trim()))])
  .pipe(z.array(sku).min(1).max(MAX_SKUS, `takes at most ${MAX_SKUS} SKUs`));

export const plansForAccountQuery = z.strictObject({
  accountId: accountId.optional(),
  currency: currency.optional(),
});

export const pricedQuery = z.strictObject({ currency: currency.optional() });

export const vpnPlansQuery = z.strictObject({
  region: z
    .string()
    .min(1, 'is empty')
    .max(255, 'is longer than 255 characters')
    .meta({ example: 'EU', description: 'Only plans of this region.' })
    .optional(),
  currency: currency.optional(),
});

export const pricesQuery = z.strictObject({ skus: skuList, currency: currency.optional() });

export const skuPath = z.strictObject({ sku });

export const accountPath = z.strictObject({ accountId });

export const noQuery = z.strictObject({});

export const quoteBody = z.strictObject({
  currency: currency
    .meta({ description: 'May be left out when all lines have a price in exactly one common currency.' })
    .optional(),
  lines: z
    .array(
      z.strictObject({
        sku,
        quantity: z
          .int('needs a whole number from 1 to 9999')
          .min(1, 'needs a whole number from 1 to 9999')
          .max(9999, 'needs a whole number from 1 to 9999')
          .meta({ example: 2 }),
      }),
    )
    .min(1, 'needs at least one line')
    .max(MAX_SKUS, `takes at most ${MAX_SKUS} lines`),
});
