import { UmbraError, type AreaName, type FieldMap } from '@umbra/domain';
import { z } from 'zod';
import { answerSchema, type Answer } from '../answer/answer.ts';
import type { Answers, Made } from '../answer/answers.ts';
import { anyAge, type Demand } from '../source/demand.ts';
import type { CatalogReader } from './catalog-reader.ts';
import { offerOf, pricesIn, type PricedQuery } from './offers.ts';
import { areaSchema, offeringTypeSchema, offerShape, planTierSchema, regionSchema } from './shapes.ts';
import { canBeSku } from './sku.ts';

export const productSchema = z
  .object({
    ...offerShape,
    itemClass: z.string().nullable().meta({ example: 'Internet Plan' }),
    area: areaSchema.nullable().meta({ description: 'The list that it stands in while active, if any.' }),
    offeringType: offeringTypeSchema,
    planTier: planTierSchema,
    vpnRegion: regionSchema,
    active: z.boolean().meta({ description: 'false: no longer offered, so without prices and in no list.' }),
  })
  .meta({ id: 'Product' });
export type Product = z.infer<typeof productSchema>;

export const productAnswer = answerSchema(productSchema);

export class ProductService {
  readonly #catalog: CatalogReader;
  readonly #answers: Answers;
  readonly #areaOf: ReadonlyMap<string, AreaName>;

  constructor(catalog: CatalogReader, answers: Answers, fieldMap: FieldMap) {
    this.#catalog = catalog;
    this.#answers = answers;
    this.#areaOf = new Map(
      Object.entries(fieldMap.areas).flatMap(([area, classes]) =>
        classes.map((itemClass) => [itemClass, area as AreaName] as const),
      ),
    );
  }

  /**
   * One product, active or not. A SKU is compared letter by letter.
   * @throws UmbraError READ_NOT_FOUND; `details.asOf` says as of when
   */
  async getProduct(
    sku: string,
    { currency = '' }: PricedQuery = {},
    demand: Demand = anyAge,
  ): Promise<Answer<Product>> {
    return this.#answers.ask('catalog', ['product', sku, currency], demand, () =>
      this.#product(sku, currency, demand),
    );
  }

  async #product(sku: string, currency: string, demand: Demand): Promise<Made<Product>> {
    const reader = { readFor: 'catalogue', demand } as const;
    const found = canBeSku(sku) ? (await this.#catalog.productsBySku([sku], reader)).get(sku) : undefined;
    const product = found?.value;
    if (found === undefined || product === undefined || product === null) {
      throw new UmbraError('READ_NOT_FOUND', 'There is no product with this SKU', {
        details: found === undefined ? {} : { source: found.source, asOf: found.asOf.toISOString() },
      });
    }
    const prices = await this.#catalog.pricesOf(product.active ? [product] : [], currency || null, reader);
    const data: Product = {
      ...offerOf({ product, prices: pricesIn(prices, product) }),
      itemClass: product.itemClass,
      area: this.#areaOf.get(product.itemClass ?? '') ?? null,
      offeringType: product.offeringType,
      planTier: product.planTier,
      vpnRegion: product.vpnRegion,
      active: product.active,
    };
    return { data, parts: [found, ...prices.values()] };
  }
}
