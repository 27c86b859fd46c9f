import {
  LANES,
  type CoveredRows,
  type EligibilityRow,
  type MirroredObjectName,
  type PriceRow,
  type ProductRow,
  type ShadowReads,
} from '@umbra/domain';
import type pg from 'pg';
import { only, query } from './connection-pool.ts';
import { readableUpTo } from './covered-at.ts';
import { isActive } from './shadow-table.ts';
import { sql, type Sql } from './sql.ts';

interface Dirty {
  gap_since: Date | null;
}

interface ProductColumns extends Dirty {
  product_id: string;
  sku: string;
  name: string;
  item_class: string | null;
  offering_type: string | null;
  plan_tier: string | null;
  vpn_region: string | null;
  active: boolean;
  description: string | null;
}

interface PriceColumns extends Dirty {
  pricebook_entry_id: string;
  product_id: string;
  unit_price: string;
  currency_iso_code: string;
}

interface EligibilityColumns extends Dirty {
  account_id: string;
  internet_eligibility: string | null;
  eligibility_source: string | null;
  read_at: Date | null;
}

const productColumns = sql`product_id, sku, name, item_class, offering_type, plan_tier, vpn_region,
  ${isActive(sql`raw_payload`)} AS active, raw_payload ->> 'Description' AS description, gap_since`;

/** Value $1 is the number of lanes, $2 the object. */
const covered = readableUpTo(sql`$2`, sql`$1`);

/**
 * Questions of the read path. `raw_payload` is looked into, never handed out. Rows come with their coverage in one
 * statement: a reader far from the database waits once for both, and both are of one snapshot.
 */
export class PgShadowReads implements ShadowReads {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async productsByClass(itemClasses: readonly string[]): Promise<CoveredRows<ProductRow>> {
    const { coveredAt, rows } = await this.#covered<ProductColumns>(
      'Product2',
      sql`SELECT ${productColumns} FROM sf_product_shadow
          WHERE item_class = ANY ($3) AND ${isActive(sql`raw_payload`)}`,
      sql`plan_tier, name, sku`,
      [itemClasses],
    );
    return { coveredAt, rows: rows.map(productOf) };
  }

  async productsBySku(skus: readonly string[]): Promise<CoveredRows<ProductRow>> {
    const { coveredAt, rows } = await this.#covered<ProductColumns>(
      'Product2',
      sql`SELECT ${productColumns} FROM sf_product_shadow WHERE sku = ANY ($3)`,
      sql`sku`,
      [skus],
    );
    return { coveredAt, rows: rows.map(productOf) };
  }

  async prices(productIds: readonly string[], pricebookId: string): Promise<CoveredRows<PriceRow>> {
    const { coveredAt, rows } = await this.#covered<PriceColumns>(
      'PricebookEntry',
      sql`SELECT pricebook_entry_id, product_id, unit_price, currency_iso_code, gap_since
          FROM sf_pricebook_shadow WHERE product_id = ANY ($3) AND pricebook_id = $4 AND is_active`,
      sql`product_id, currency_iso_code, pricebook_entry_id`,
      [productIds, pricebookId],
    );
    return { coveredAt, rows: rows.map(priceOf) };
  }

  async eligibility(accountIds: readonly string[]): Promise<CoveredRows<EligibilityRow>> {
    const { coveredAt, rows } = await this.#covered<EligibilityColumns>(
      'Account',
      sql`SELECT account_id, internet_eligibility, eligibility_source, read_at, gap_since
          FROM sf_account_eligibility_shadow WHERE account_id = ANY ($3)`,
      sql`account_id`,
      [accountIds],
    );
    return { coveredAt, rows: rows.map(eligibilityOf) };
  }

  async coveredAt(object: MirroredObjectName): Promise<Date | undefined> {
    const rows = await query<{ covered_at: Date | null }>(this.#pool, sql`SELECT ${covered} AS covered_at`, [
      LANES,
      object,
    ]);
    return only(rows).covered_at ?? undefined;
  }

  /** @param found SQL whose values begin with $3 */
  async #covered<R extends Dirty>(
    object: MirroredObjectName,
    found: Sql,
    order: Sql,
    values: readonly unknown[],
  ): Promise<CoveredRows<R>> {
    const rows = await query<R & { covered_at: Date | null; is_row: true | null }>(
      this.#pool,
      // Materialised: coverage is worked out once, and not for each row.
      sql`WITH coverage AS MATERIALIZED (SELECT ${covered} AS covered_at)
          SELECT coverage.covered_at, found.*
          FROM coverage LEFT JOIN (SELECT true AS is_row, row.* FROM (${found}) AS row) AS found ON true
          ORDER BY ${order}`,
      [LANES, object, ...values],
    );
    const coveredAt = rows[0]?.covered_at ?? undefined;
    return { coveredAt, rows: rows.filter((row) => row.is_row !== null) };
  }
}

function productOf(row: ProductColumns): ProductRow {
  return {
    productId: row.product_id,
    sku: row.sku,
    name: row.name,
    itemClass: row.item_class,
    offeringType: row.offering_type,
    planTier: row.plan_tier,
    vpnRegion: row.vpn_region,
    active: row.active,
    description: row.description,
    ...dirty(row),
  };
}

function priceOf(row: PriceColumns): PriceRow {
  return {
    pricebookEntryId: row.pricebook_entry_id,
    productId: row.product_id,
    unitPrice: row.unit_price,
    currency: row.currency_iso_code,
    ...dirty(row),
  };
}

function eligibilityOf(row: EligibilityColumns): EligibilityRow {
  return {
    accountId: row.account_id,
    internetEligibility: row.internet_eligibility,
    eligibilitySource: row.eligibility_source,
    readAt: row.read_at,
    ...dirty(row),
  };
}

/** Says of a row since when it may be behind; of a clean row nothing. */
function dirty({ gap_since: gapSince }: Dirty): { gapSince?: Date } {
  return gapSince === null ? {} : { gapSince };
}
