/** Whose prices the catalogue shows, and in what. */
export interface PriceListing {
  readonly pricebookId: string;
  /** Price book entries carry their currency (the org has several). */
  readonly multiCurrency: boolean;
  /** Currency of a single-currency org; null in an org with several. */
  readonly defaultCurrency: string | null;
}
