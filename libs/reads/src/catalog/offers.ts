import type { AreaName, PriceRow, ProductRow } from '@umbra/domain';
import type { Answer, Part } from '../answer/answer.ts';
import type { Answers } from '../answer/answers.ts';
import { pricesByCurrency, type Price } from '../offer/currency-choice.ts';
import { byTier } from '../offer/tier-order.ts';
import type { Demand } from '../source/demand.ts';
import type { CatalogReader } from './catalog-reader.ts';
import type { AddOnList } from './shapes.ts';

export interface PricedQuery {
  /** Only prices in this currency; all when left out. */
  readonly currency?: string | undefined;
}

export interface PricedProduct {
  readonly product: ProductRow;
  readonly prices: readonly Price[];
}

export interface PricedList {
  readonly offers: readonly PricedProduct[];
  /** What the list was made of. */
  readonly parts: readonly Part<unknown>[];
}

/** What an offer shows in every list. */
export function offerOf({ product, prices }: PricedProduct) {
  const { sku, productId, name, description } = product;
  return { sku, productId, name, description, prices: [...prices] };
}

/** Lists of offers with their prices, in the order of `byTier`. */
export class Offers {
  readonly #catalog: CatalogReader;
  readonly #answers: Answers;

  constructor(catalog: CatalogReader, answers: Answers) {
    this.#catalog = catalog;
    this.#answers = answers;
  }

  /** Products of the area that pass, priced. Only those that pass have their prices read. */
  async list(
    area: AreaName,
    { currency }: PricedQuery,
    demand: Demand,
    passes: (product: ProductRow) => boolean = () => true,
  ): Promise<PricedList> {
    const list = await this.#catalog.productsOf(area, demand);
    const products = list.value.filter(passes).toSorted(byTier);
    const prices = await this.#catalog.pricesOf(products, currency ?? null, { readFor: 'catalogue', demand });
    const offers = products.map((product) => ({ product, prices: pricesIn(prices, product) }));
    return { offers, parts: [list, ...prices.values()] };
  }

  async addOns(area: AreaName, query: PricedQuery, demand: Demand): Promise<Answer<AddOnList>> {
    return this.#answers.ask('catalog', [area, query.currency ?? ''], demand, async () => {
      const { offers, parts } = await this.list(area, query, demand);
      return { data: { addOns: offers.map(offerOf) }, parts };
    });
  }
}

/** The product's prices among these parts. */
export function pricesIn(
  prices: ReadonlyMap<string, Part<readonly PriceRow[]>>,
  product: Pick<ProductRow, 'productId'>,
): readonly Price[] {
  return pricesByCurrency(prices.get(product.productId)?.value ?? []);
}
