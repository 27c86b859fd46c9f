import type { MirroredObjectName } from '../sobject/mirrored-object.ts';

export interface ProductRow {
  readonly productId: string;
  readonly sku: string;
  readonly name: string;
  readonly itemClass: string | null;
  readonly offeringType: string | null;
  readonly planTier: string | null;
  readonly vpnRegion: string | null;
  /** `IsActive` and not `IsArchived`. */
  readonly active: boolean;
  readonly description: string | null;
  /** Commit time of the oldest gap that no read has resolved; absent on a clean row. Lowers the answer's age. */
  readonly gapSince?: Date;
}

export interface PriceRow {
  readonly pricebookEntryId: string;
  readonly productId: string;
  /** Decimal text with two decimals. */
  readonly unitPrice: string;
  readonly currency: string;
  /** Commit time of the oldest gap that no read has resolved; absent on a clean row. Lowers the answer's age. */
  readonly gapSince?: Date;
}

export interface EligibilityRow {
  readonly accountId: string;
  readonly internetEligibility: string | null;
  readonly eligibilitySource: string | null;
  /**
   * Source time of the newest full read of this record (`read_at`): with `provenThrough` it proves the row even where
   * the object's coverage ends earlier, which is what makes refreshing a single record worth while.
   */
  readonly readAt?: Date | null;
  /** Commit time of the oldest gap that no read has resolved; absent on a clean row. Lowers the answer's age. */
  readonly gapSince?: Date;
}

/** Rows of one object, and its coverage at the moment at which they were read: no row is older than that says. */
export interface CoveredRows<R> {
  /** As `ShadowReads.coveredAt` would say. */
  readonly coveredAt: Date | undefined;
  readonly rows: readonly R[];
}

/** Questions to the shadow tables. Answers never copy `raw_payload` out. */
export interface ShadowReads {
  /** Active products whose `item_class` is one of these, ordered by tier, name and SKU. */
  productsByClass(itemClasses: readonly string[]): Promise<CoveredRows<ProductRow>>;
  productsBySku(skus: readonly string[]): Promise<CoveredRows<ProductRow>>;
  /** Active entries of the price book for these products, all currencies. */
  prices(productIds: readonly string[], pricebookId: string): Promise<CoveredRows<PriceRow>>;
  /** Those of these accounts that there are. */
  eligibility(accountIds: readonly string[]): Promise<CoveredRows<EligibilityRow>>;
  /**
   * Instant up to which the object is proven to equal Salesforce, but for dirty rows: the smallest of the end of the
   * unbroken chain of evidence, the start of any open hole of the object, 1 s before the oldest commit that is stored
   * and not applied, and 1 s before the oldest living record began to wait for its first full image. undefined before
   * the first complete backfill of the present epoch.
   */
  coveredAt(object: MirroredObjectName): Promise<Date | undefined>;
}
