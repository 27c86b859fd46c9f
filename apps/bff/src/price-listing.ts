import { UmbraError, type OrgFacts } from '@umbra/domain';

/** Where prices are read from. */
export interface PriceListing {
  readonly pricebookId: string;
  readonly multiCurrency: boolean;
  /** Currency of entries that carry none; null in an org with several currencies. */
  readonly defaultCurrency: string | null;
}

export interface PriceListingOptions {
  /** `SF_PRICEBOOK_ID`, else the standard price book of the org. */
  readonly pricebookId: string | undefined;
  /** `SF_DEFAULT_CURRENCY` */
  readonly defaultCurrency: string | undefined;
  /** The org as PostgreSQL remembers it. */
  readonly remembered: () => Promise<OrgFacts | undefined>;
  /** The org as Salesforce tells it. */
  readonly asked: () => Promise<OrgFacts>;
}

/**
 * Finds out once whose prices are shown: PostgreSQL remembers it, and while nothing is remembered Salesforce is
 * asked. A failure is not kept, so the next read tries again.
 * @throws UmbraError INPUT_CONFIGURATION; STORE_*, SF_*
 */
export function priceListingSource(options: PriceListingOptions): () => Promise<PriceListing> {
  let found: Promise<PriceListing> | undefined;
  return () => {
    found ??= findListing(options).catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
}

async function findListing(options: PriceListingOptions): Promise<PriceListing> {
  // PostgreSQL being away is no reason to give up: Salesforce knows it first-hand.
  const org = (await options.remembered().catch(() => undefined)) ?? (await options.asked());
  const pricebookId = options.pricebookId ?? org.standardPricebookId;
  const problems = [
    ...(pricebookId === null ? ['SF_PRICEBOOK_ID is not set and the org has no standard price book'] : []),
    ...(!org.isMultiCurrency && options.defaultCurrency === undefined
      ? ['SF_DEFAULT_CURRENCY is not set, and prices of this org carry no currency']
      : []),
  ];
  if (pricebookId === null || problems.length > 0)
    throw new UmbraError('INPUT_CONFIGURATION', 'Prices cannot be read', { problems });
  return {
    pricebookId,
    multiCurrency: org.isMultiCurrency,
    defaultCurrency: org.isMultiCurrency ? null : (options.defaultCurrency ?? null),
  };
}
