import { UmbraError } from '@umbra/domain';
import { z } from 'zod';
import { answerSchema, type Answer } from '../answer/answer.ts';
import type { Answers, Made } from '../answer/answers.ts';
import { anyAge, type Demand } from '../source/demand.ts';
import type { CatalogReader } from './catalog-reader.ts';
import { pricesIn, type PricedQuery } from './offers.ts';
import { priceSchema } from './shapes.ts';
import { canBeSku } from './sku.ts';

export const skuPricesSchema = z
  .object({
    sku: z.string(),
    productId: z.string(),
    active: z.boolean().meta({ description: 'false: no longer offered, so without prices.' }),
    prices: z.array(priceSchema),
  })
  .meta({ id: 'SkuPrices' });

export const priceListSchema = z.object({
  prices: z.array(skuPricesSchema).meta({ description: 'In the order of the SKUs asked for.' }),
  unknown: z.array(z.string()).meta({ description: 'SKUs that no product carries.' }),
});
export type PriceList = z.infer<typeof priceListSchema>;

export const priceListAnswer = answerSchema(priceListSchema);

export class PriceService {
  readonly #catalog: CatalogReader;
  readonly #answers: Answers;

  constructor(catalog: CatalogReader, answers: Answers) {
    this.#catalog = catalog;
    this.#answers = answers;
  }

  /**
   * Prices per SKU; deleted and parked products are unknown.
   * @throws UmbraError INPUT_INVALID when there are no SKUs, or a text that no record could carry as its SKU
   */
  async getPrices(
    skus: readonly string[],
    { currency = '' }: PricedQuery = {},
    demand: Demand = anyAge,
  ): Promise<Answer<PriceList>> {
    const asked = [...new Set(skus)];
    const problems = asked.flatMap((sku, at) => (canBeSku(sku) ? [] : [`skus[${at}]: is no SKU`]));
    if (asked.length === 0) problems.push('skus: needs at least one SKU');
    if (problems.length > 0)
      throw new UmbraError('INPUT_INVALID', 'The SKUs are not understood', { problems });
    return this.#answers.ask('prices', [currency, ...asked], demand, () =>
      this.#prices(asked, currency, demand),
    );
  }

  async #prices(asked: readonly string[], currency: string, demand: Demand): Promise<Made<PriceList>> {
    const reader = { readFor: 'catalogue', demand } as const;
    const found = await this.#catalog.productsBySku(asked, reader);
    const products = asked.flatMap((sku) => found.get(sku)?.value ?? []);
    const active = products.filter((product) => product.active);
    const prices = await this.#catalog.pricesOf(active, currency || null, reader);
    const data: PriceList = {
      prices: products.map((product) => ({
        sku: product.sku,
        productId: product.productId,
        active: product.active,
        prices: [...pricesIn(prices, product)],
      })),
      unknown: asked.filter((sku) => (found.get(sku)?.value ?? null) === null),
    };
    return { data, parts: [...found.values(), ...prices.values()] };
  }
}
