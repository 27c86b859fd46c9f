import type pg from 'pg';

/** The plain tables, with the indexes that `plain.prisma` names. */
const tables = `
  create schema plain;
  create table plain.product (
    id text primary key, sku text, name text, item_class text, offering_type text, plan_tier text, vpn_region text,
    payload jsonb not null, updated_at timestamptz not null);
  create index product_item_class_idx on plain.product (item_class);
  create table plain.price (
    id text primary key, product_id text, pricebook_id text, unit_price numeric(18, 2), currency_iso_code text,
    is_active boolean, payload jsonb not null, updated_at timestamptz not null);
  create index price_product_id_idx on plain.price (product_id);
  create table plain.account (
    id text primary key, internet_eligibility text, eligibility_source text,
    payload jsonb not null, updated_at timestamptz not null);
  create table plain.position (topic text primary key, replay_id bytea not null);`;

/** The same records that Umbra's tables hold. */
const rows = `
  insert into plain.product
    select product_id, sku, name, item_class, offering_type, plan_tier, vpn_region, raw_payload, updated_at
    from sf_product_shadow;
  insert into plain.price
    select pricebook_entry_id, product_id, pricebook_id, unit_price, currency_iso_code, is_active, raw_payload, updated_at
    from sf_pricebook_shadow;
  insert into plain.account
    select account_id, internet_eligibility, eligibility_source, raw_payload, updated_at
    from sf_account_eligibility_shadow;
  analyze plain.product, plain.price, plain.account;`;

export async function createPlainTables(client: pg.Client): Promise<void> {
  await client.query(tables);
}

export async function fillPlainTables(client: pg.Client): Promise<void> {
  await client.query(rows);
}
