import { z } from 'zod';

const weight = z.number().min(0);
/** Characters of text. */
const size = z.number().int().min(0).max(30_000);

/** A load: so many changes a second, for so long, of these objects. */
export const loadInput = z.strictObject({
  /** Weights by object. */
  objects: z
    .strictObject({ Product2: weight, PricebookEntry: weight, Account: weight })
    .partial()
    .default({ Product2: 1, PricebookEntry: 1, Account: 2 })
    .refine((mix) => Object.values(mix).some((share = 0) => share > 0), {
      error: 'some object needs a weight',
    }),
  changesPerSecond: z.number().min(0.1).max(100_000),
  seconds: z.number().min(0.01).max(86_400),
  /** mixed: 80 % updates, 12 % creations, 8 % deletions of what the load created. */
  shape: z.enum(['create', 'update', 'mixed']).default('update'),
  /** Text of a creation, from and to. Prices have no text. */
  createSize: z.tuple([size, size]).default([3000, 8000]),
  /** Text of an update, from and to; 0: only short fields change. */
  updateSize: z.tuple([size, size]).default([0, 0]),
  /** Changes in one transaction. */
  perTransaction: z.number().int().min(1).max(10_000).default(1),
  /** Updates choose among so many records of each object. */
  records: z.number().int().min(1).default(10_000),
  /** Share 0..1 of updates that hit one record of each object. */
  hotShare: z.number().min(0).max(1).default(0),
  seed: z.number().int().default(1),
});

export type Load = z.infer<typeof loadInput>;
export type LoadObject = 'Product2' | 'PricebookEntry' | 'Account';

/** One transaction that updates so many records. */
export const bigTransactionInput = z.strictObject({
  object: z.enum(['Product2', 'PricebookEntry', 'Account']),
  changes: z.number().int().min(1).max(1_000_000),
});
