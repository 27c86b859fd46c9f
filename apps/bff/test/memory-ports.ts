import {
  UmbraError,
  type CoveredRows,
  type EligibilityRow,
  type LiveReads,
  type PriceRow,
  type ProductRow,
  type RefreshRequests,
  type ShadowReads,
} from '@umbra/domain';

/** What the shadow holds, for tests of the HTTP side that need no database. */
export class MemoryShadow implements ShadowReads {
  products: ProductRow[] = [];
  priceRows: PriceRow[] = [];
  accounts: EligibilityRow[] = [];
  covered: Date | undefined = new Date();
  /** Played fault of every question. */
  fault: UmbraError | undefined;

  productsByClass(itemClasses: readonly string[]): Promise<CoveredRows<ProductRow>> {
    return this.#covered(
      this.products.filter((row) => row.active && itemClasses.includes(row.itemClass ?? '')),
    );
  }

  productsBySku(skus: readonly string[]): Promise<CoveredRows<ProductRow>> {
    return this.#covered(this.products.filter(({ sku }) => skus.includes(sku)));
  }

  prices(productIds: readonly string[]): Promise<CoveredRows<PriceRow>> {
    return this.#covered(this.priceRows.filter(({ productId }) => productIds.includes(productId)));
  }

  eligibility(accountIds: readonly string[]): Promise<CoveredRows<EligibilityRow>> {
    return this.#covered(this.accounts.filter(({ accountId }) => accountIds.includes(accountId)));
  }

  coveredAt(): Promise<Date | undefined> {
    return this.#answer(this.covered);
  }

  #covered<R>(rows: readonly R[]): Promise<CoveredRows<R>> {
    return this.#answer({ coveredAt: this.covered, rows });
  }

  #answer<T>(value: T): Promise<T> {
    return this.fault === undefined ? Promise.resolve(value) : Promise.reject(this.fault);
  }
}

/** A Salesforce that is away. */
export class AbsentSalesforce implements LiveReads {
  calls = 0;
  fault: Error = new UmbraError('SF_UNAVAILABLE', 'SELECT canary FROM host.example');

  select(): Promise<never> {
    this.calls += 1;
    return Promise.reject(this.fault);
  }
}

export const noRefresh: RefreshRequests = { request: () => Promise.resolve() };

export function product(changes: Partial<ProductRow> & Pick<ProductRow, 'sku'>): ProductRow {
  return {
    productId: `01t${changes.sku.padEnd(12, '0').slice(0, 12)}AAA`,
    name: `Product ${changes.sku}`,
    itemClass: 'Internet Plan',
    offeringType: 'FTTH',
    planTier: 'Gold',
    vpnRegion: null,
    active: true,
    description: null,
    ...changes,
  };
}

export function price(of: ProductRow, unitPrice: string, currency = 'EUR'): PriceRow {
  return {
    pricebookEntryId: `01u${of.productId.slice(3, 12)}${currency}000AAA`.slice(0, 18),
    productId: of.productId,
    unitPrice,
    currency,
  };
}
