import type { EligibilityRow, MirroredObjectName, PriceRow, ProductRow, ShadowReads } from '@umbra/domain';
import type pg from 'pg';
import { query } from './connection-pool.ts';
import { COMMIT_RESOLUTION_MS, coverageOf } from './covered-at.ts';
import { isActive } from './shadow-table.ts';
import { sql } from './sql.ts';

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

const productColumns = sql`product_id, sku, name, item_class, offering_type, plan_tier, vpn_region,
  ${isActive(sql`raw_payload`)} AS active, raw_payload ->> 'Description' AS description, gap_since`;

/** Questions of the read path. `raw_payload` is looked into, never handed out. */
export class PgShadowReads implements ShadowReads {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async productsByClass(itemClasses: readonly string[]): Promise<readonly ProductRow[]> {
    const rows = await query<ProductColumns>(
      this.#pool,
      sql`SELECT ${productColumns} FROM sf_product_shadow
          WHERE item_class = ANY ($1) AND ${isActive(sql`raw_payload`)} ORDER BY plan_tier, name, sku`,
      [itemClasses],
    );
    return rows.map(productOf);
  }

  async productsBySku(skus: readonly string[]): Promise<readonly ProductRow[]> {
    const rows = await query<ProductColumns>(
      this.#pool,
      sql`SELECT ${productColumns} FROM sf_product_shadow WHERE sku = ANY ($1) ORDER BY sku`,
      [skus],
    );
    return rows.map(productOf);
  }

  async prices(productIds: readonly string[], pricebookId: string): Promise<readonly PriceRow[]> {
    const rows = await query<
      { id: string; product_id: string; unit_price: string; currency: string } & Dirty
    >(
      this.#pool,
      sql`SELECT pricebook_entry_id AS id, product_id, unit_price, currency_iso_code AS currency, gap_since
          FROM sf_pricebook_shadow WHERE product_id = ANY ($1) AND pricebook_id = $2 AND is_active
          ORDER BY product_id, currency_iso_code, pricebook_entry_id`,
      [productIds, pricebookId],
    );
    return rows.map(({ id, product_id: productId, unit_price: unitPrice, currency, ...row }) => {
      return { pricebookEntryId: id, productId, unitPrice, currency, ...dirty(row) };
    });
  }

  async eligibility(accountIds: readonly string[]): Promise<readonly EligibilityRow[]> {
    const rows = await query<
      {
        account_id: string;
        internet_eligibility: string | null;
        eligibility_source: string | null;
        read_at: Date | null;
      } & Dirty
    >(
      this.#pool,
      sql`SELECT account_id, internet_eligibility, eligibility_source, read_at, gap_since
          FROM sf_account_eligibility_shadow WHERE account_id = ANY ($1)`,
      [accountIds],
    );
    return rows.map((row) => ({
      accountId: row.account_id,
      internetEligibility: row.internet_eligibility,
      eligibilitySource: row.eligibility_source,
      readAt: row.read_at,
      ...dirty(row),
    }));
  }

  async coveredAt(object: MirroredObjectName): Promise<Date | undefined> {
    const covered = await coverageOf(this.#pool, object);
    if (covered === undefined) return undefined;
    const since = covered.imageMissingSince?.getTime() ?? Infinity;
    return new Date(Math.min(covered.at.getTime(), since - COMMIT_RESOLUTION_MS));
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

/** Says of a row since when it may be behind; of a clean row nothing. */
function dirty({ gap_since: gapSince }: Dirty): { gapSince?: Date } {
  return gapSince === null ? {} : { gapSince };
}
