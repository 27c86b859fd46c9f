import { areaNames } from '@umbra/domain';
import { z } from 'zod';

/** Shapes that several catalogue answers share. What is not named here is in no answer. */

export const moneySchema = z
  .string()
  .regex(/^-?\d+\.\d{2}$/)
  .meta({ example: '49.90', description: 'Decimal text with two decimals; never a float.' });

export const currencySchema = z
  .string()
  .meta({ example: 'EUR', description: 'ISO 4217 code, as the price book entry carries it.' });

export const priceSchema = z
  .object({ currency: currencySchema, unitPrice: moneySchema })
  .meta({ id: 'Price', description: 'Active price of the price book in one currency.' });

/** What every product shows, wherever it is listed. */
export const offerShape = {
  sku: z.string().meta({ example: 'INT-FTTH-GOLD' }),
  productId: z.string().meta({ example: '01t000000000001AAA' }),
  name: z.string(),
  description: z.string().nullable(),
  prices: z
    .array(priceSchema)
    .meta({ description: 'One per currency, in the order of the codes; empty when there is none to show.' }),
};

export const offeringTypeSchema = z.string().nullable().meta({ example: 'FTTH' });
export const planTierSchema = z.string().nullable().meta({ example: 'Gold' });
export const regionSchema = z.string().nullable().meta({ example: 'EU' });
export const areaSchema = z.enum(areaNames);

export const addOnSchema = z
  .object(offerShape)
  .meta({ id: 'AddOn', description: 'Something sold beside a plan.' });
export const addOnListSchema = z.object({ addOns: z.array(addOnSchema) });

export type AddOn = z.infer<typeof addOnSchema>;
export type AddOnList = z.infer<typeof addOnListSchema>;
