/**
 * A mirrored object is data: its descriptor yields the SOQL field list, the shadow columns, the placement rules and
 * the cache entries that a change touches. A fourth object costs one descriptor, one migration and one builder.
 */
export type MirroredObjectName = 'Product2' | 'PricebookEntry' | 'Account';

/** How a shadow column holds its leaf. `decimal(12,2)` refuses what it cannot hold exactly; nothing is rounded. */
export type ColumnType = 'text' | 'id' | 'decimal(12,2)' | 'boolean';

export interface ShadowColumn {
  /** Column of the shadow table. */
  readonly column: string;
  /** Leaf that feeds it; of a mapped column the leaf that the field map names for it (see `bindColumns`). */
  readonly leaf: string;
  readonly mapped?: boolean;
  readonly type: ColumnType;
  /** A record without a value here cannot live in the shadow table and waits aside with this reason. */
  readonly missing?: AsideReason;
  /** Longest text in characters that an index over the column surely takes; a longer one waits aside. */
  readonly maxLength?: number;
  /** The value shows a person's data: masked by the logger. */
  readonly personal?: boolean;
}

/** Why a record waits aside instead of standing in its shadow table. A closed set: it is a metric label. */
export type AsideReason =
  | 'deleted'
  | 'image_missing'
  | 'sku_missing'
  | 'name_missing'
  | 'price_missing'
  | 'price_out_of_range'
  | 'price_not_exact'
  | 'currency_missing'
  | 'pricebook_missing'
  | 'active_missing'
  | 'value_too_long'
  | 'sku_taken'
  | 'product_missing';

/** The closed set, for reports and metric labels. */
export const asideReasons = [
  'deleted',
  'image_missing',
  'sku_missing',
  'name_missing',
  'price_missing',
  'price_out_of_range',
  'price_not_exact',
  'currency_missing',
  'pricebook_missing',
  'active_missing',
  'value_too_long',
  'sku_taken',
  'product_missing',
] as const satisfies readonly AsideReason[];

export interface MirroredObject {
  readonly name: MirroredObjectName;
  readonly table: 'sf_product_shadow' | 'sf_pricebook_shadow' | 'sf_account_eligibility_shadow';
  readonly keyColumn: string;
  /** First three characters of every record id. */
  readonly keyPrefix: string;
  readonly columns: readonly ShadowColumn[];
  /** Records whose parent is not in its shadow table wait aside as `product_missing`. */
  readonly parent?: { readonly object: MirroredObjectName; readonly leaf: string; readonly column: string };
  /** Column with a unique value among records in the shadow table. */
  readonly uniqueColumn?: string;
  /**
   * Leaves that change events never carry, besides formulas: only reads can tell them. Source: the field lists of
   * the objects' change event schemas (Change Data Capture Developer Guide) against describe.
   */
  readonly readOnlyLeaves: readonly string[];
}
