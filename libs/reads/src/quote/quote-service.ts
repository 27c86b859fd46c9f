import { sumMoney, timesMoney, UmbraError, type ProductRow } from '@umbra/domain';
import { z } from 'zod';
import { answerSchema, type Answer, type Part } from '../answer/answer.ts';
import type { Answers } from '../answer/answers.ts';
import type { CatalogReader } from '../catalog/catalog-reader.ts';
import { pricesIn } from '../catalog/offers.ts';
import { currencySchema, moneySchema } from '../catalog/shapes.ts';
import { canBeSku } from '../catalog/sku.ts';
import { sharedCurrencies, type Price } from '../offer/currency-choice.ts';
import { anyAge, type Demand } from '../source/demand.ts';

export interface QuoteRequest {
  /** May be left out when all lines have a price in exactly one common currency. */
  readonly currency?: string | undefined;
  /** At least one. Quantities from 1 to 9999. */
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

export const quoteLineSchema = z
  .object({
    sku: z.string(),
    productId: z.string(),
    name: z.string(),
    quantity: z.int().min(1).max(9999),
    unitPrice: moneySchema,
    total: moneySchema,
  })
  .meta({ id: 'QuoteLine' });

export const quoteSchema = z
  .object({
    currency: currencySchema,
    lines: z.array(quoteLineSchema).meta({ description: 'In the order of the request.' }),
    total: moneySchema,
  })
  .meta({ id: 'Quote' });
export type Quote = z.infer<typeof quoteSchema>;

export const quoteAnswer = answerSchema(quoteSchema);

interface Line {
  readonly at: number;
  readonly quantity: number;
  readonly product: ProductRow;
  readonly prices: readonly Price[];
}

/** Prices orders, from the shadow and never from the cache. Amounts are exact. */
export class QuoteService {
  readonly #catalog: CatalogReader;
  readonly #answers: Answers;

  constructor(catalog: CatalogReader, answers: Answers) {
    this.#catalog = catalog;
    this.#answers = answers;
  }

  /** @throws UmbraError INPUT_INVALID naming every line that cannot be priced, and why */
  async quote(request: QuoteRequest, demand: Demand = anyAge): Promise<Answer<Quote>> {
    refuse(problemsOfRequest(request));
    const reader = { readFor: 'quote', demand } as const;
    const skus = [...new Set(request.lines.map(({ sku }) => sku))].filter(canBeSku);
    const found = await this.#catalog.productsBySku(skus, reader);
    refuse(request.lines.flatMap(({ sku }, at) => problemOfProduct(found.get(sku)?.value ?? null, at) ?? []));
    const products = [...found.values()].flatMap(({ value }) => value ?? []);
    const prices = await this.#catalog.pricesOf(products, null, reader);
    const lines = request.lines.flatMap(({ sku, quantity }, at): Line[] => {
      const product = found.get(sku)?.value ?? null;
      return product === null ? [] : [{ at, quantity, product, prices: pricesIn(prices, product) }];
    });
    const currency = request.currency ?? onlyCurrency(lines);
    return this.#price(lines, currency, [...found.values(), ...prices.values()]);
  }

  #price(lines: readonly Line[], currency: string, parts: readonly Part<unknown>[]): Answer<Quote> {
    const problems: string[] = [];
    const priced = lines.flatMap(({ at, quantity, product, prices }) => {
      const unitPrice = prices.find((price) => price.currency === currency)?.unitPrice;
      if (unitPrice === undefined) {
        problems.push(`lines[${at}].sku: has no price in ${currency}`);
        return [];
      }
      const { sku, productId, name } = product;
      return [{ sku, productId, name, quantity, unitPrice, total: timesMoney(unitPrice, quantity) }];
    });
    refuse(problems);
    const total = sumMoney(priced.map((line) => line.total));
    return this.#answers.once('quote', { data: { currency, lines: priced, total }, parts });
  }
}

function problemsOfRequest({ lines }: QuoteRequest): string[] {
  if (lines.length === 0) return ['lines: needs at least one line'];
  return lines.flatMap(({ quantity }, at) => {
    const isCount = Number.isInteger(quantity) && quantity >= 1 && quantity <= 9999;
    return isCount ? [] : [`lines[${at}].quantity: needs a whole number from 1 to 9999`];
  });
}

function problemOfProduct(product: ProductRow | null, at: number): string | undefined {
  if (product === null) return `lines[${at}].sku: is not a product`;
  return product.active ? undefined : `lines[${at}].sku: is no longer offered`;
}

/** The currency of a request that names none. */
function onlyCurrency(lines: readonly Line[]): string {
  const [only, ...others] = sharedCurrencies(lines.map(({ prices }) => prices));
  if (only !== undefined && others.length === 0) return only;
  const unpriced = lines.filter(({ prices }) => prices.length === 0);
  refuse(unpriced.map(({ at }) => `lines[${at}].sku: has no price`));
  return refuse([
    only === undefined
      ? 'currency: no currency has a price for every line'
      : `currency: is needed, as all lines have prices in ${[only, ...others].join(', ')}`,
  ]);
}

/** @throws UmbraError INPUT_INVALID when there is a problem */
function refuse(problems: readonly [string]): never;
function refuse(problems: readonly string[]): void;
function refuse(problems: readonly string[]): void {
  if (problems.length > 0) {
    throw new UmbraError('INPUT_INVALID', 'The order cannot be priced', { problems });
  }
}
