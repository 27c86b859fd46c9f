-- safe

-- The one clock of every statement. The template database of the tests replaces it by one that can be moved.
CREATE FUNCTION sf_now() RETURNS timestamptz
  LANGUAGE sql VOLATILE PARALLEL SAFE
  RETURN clock_timestamp();

-- In each table the first block is what people query, the second what the merge needs: which version each part of
-- the record has. Versions and ids compare byte by byte. Nothing is indexed that an ordinary change touches, and
-- pages keep room, so that most updates stay on their page.
CREATE TABLE sf_product_shadow (
  product_id    text COLLATE "C" PRIMARY KEY,
  sku           text        NOT NULL UNIQUE,
  name          text        NOT NULL,
  item_class    text,
  offering_type text,
  plan_tier     text,
  vpn_region    text,
  updated_at    timestamptz NOT NULL,
  raw_payload   jsonb       NOT NULL,

  v_base          text COLLATE "C" NOT NULL DEFAULT '',
  schema_rev      integer          NOT NULL DEFAULT 0,
  v_fields        jsonb            NOT NULL DEFAULT '{}',
  v_read          text COLLATE "C" NOT NULL DEFAULT '',
  read_at         timestamptz,
  v_alive         text COLLATE "C" NOT NULL,
  v_gap           text COLLATE "C" NOT NULL DEFAULT '',
  gap_since       timestamptz,
  v_max           text COLLATE "C" NOT NULL,
  src_modified_at timestamptz
) WITH (
  fillfactor = 85,
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_analyze_scale_factor = 0.02
);

CREATE INDEX sf_product_shadow_item_class_idx ON sf_product_shadow (item_class);
CREATE INDEX sf_product_shadow_gap_since_idx ON sf_product_shadow (gap_since) WHERE gap_since IS NOT NULL;

CREATE TABLE sf_pricebook_shadow (
  pricebook_entry_id text COLLATE "C" PRIMARY KEY,
  product_id         text COLLATE "C" NOT NULL
    REFERENCES sf_product_shadow (product_id) ON DELETE CASCADE,
  pricebook_id       text COLLATE "C" NOT NULL,
  unit_price         numeric(12, 2)   NOT NULL,
  currency_iso_code  text             NOT NULL,
  is_active          boolean          NOT NULL,
  updated_at         timestamptz      NOT NULL,
  raw_payload        jsonb            NOT NULL,

  v_base          text COLLATE "C" NOT NULL DEFAULT '',
  schema_rev      integer          NOT NULL DEFAULT 0,
  v_fields        jsonb            NOT NULL DEFAULT '{}',
  v_read          text COLLATE "C" NOT NULL DEFAULT '',
  read_at         timestamptz,
  v_alive         text COLLATE "C" NOT NULL,
  v_gap           text COLLATE "C" NOT NULL DEFAULT '',
  gap_since       timestamptz,
  v_max           text COLLATE "C" NOT NULL,
  src_modified_at timestamptz
) WITH (
  fillfactor = 85,
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_analyze_scale_factor = 0.02
);

CREATE INDEX sf_pricebook_shadow_product_id_idx ON sf_pricebook_shadow (product_id);
CREATE INDEX sf_pricebook_shadow_gap_since_idx ON sf_pricebook_shadow (gap_since) WHERE gap_since IS NOT NULL;

CREATE TABLE sf_account_eligibility_shadow (
  account_id           text COLLATE "C" PRIMARY KEY,
  internet_eligibility text,
  eligibility_source   text,
  updated_at           timestamptz NOT NULL,
  raw_payload          jsonb       NOT NULL,

  v_base          text COLLATE "C" NOT NULL DEFAULT '',
  schema_rev      integer          NOT NULL DEFAULT 0,
  v_fields        jsonb            NOT NULL DEFAULT '{}',
  v_read          text COLLATE "C" NOT NULL DEFAULT '',
  read_at         timestamptz,
  v_alive         text COLLATE "C" NOT NULL,
  v_gap           text COLLATE "C" NOT NULL DEFAULT '',
  gap_since       timestamptz,
  v_max           text COLLATE "C" NOT NULL,
  src_modified_at timestamptz
) WITH (
  fillfactor = 85,
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_analyze_scale_factor = 0.02
);

CREATE INDEX sf_account_eligibility_shadow_gap_since_idx
  ON sf_account_eligibility_shadow (gap_since) WHERE gap_since IS NOT NULL;

-- The second home of a record: whatever its shadow table cannot hold, with the reason it waits for.
CREATE TABLE sf_shadow_aside (
  object      text COLLATE "C" NOT NULL,
  record_id   text COLLATE "C" NOT NULL,
  alive       boolean          NOT NULL,
  reason      text             NOT NULL,
  since       timestamptz      NOT NULL,
  parent_key  text COLLATE "C",
  unique_key  text,
  doc         jsonb            NOT NULL,
  purge_after timestamptz,
  master_id   text COLLATE "C",

  v_base          text COLLATE "C" NOT NULL DEFAULT '',
  schema_rev      integer          NOT NULL DEFAULT 0,
  v_fields        jsonb            NOT NULL DEFAULT '{}',
  v_read          text COLLATE "C" NOT NULL DEFAULT '',
  read_at         timestamptz,
  v_alive         text COLLATE "C" NOT NULL,
  v_gap           text COLLATE "C" NOT NULL DEFAULT '',
  gap_since       timestamptz,
  v_max           text COLLATE "C" NOT NULL,
  src_modified_at timestamptz,

  PRIMARY KEY (object, record_id)
) WITH (
  fillfactor = 85,
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_analyze_scale_factor = 0.02
);

CREATE INDEX sf_shadow_aside_reason_idx ON sf_shadow_aside (object, reason, record_id);
CREATE INDEX sf_shadow_aside_parent_idx ON sf_shadow_aside (object, parent_key) WHERE parent_key IS NOT NULL;
CREATE INDEX sf_shadow_aside_unique_idx ON sf_shadow_aside (unique_key) WHERE alive AND unique_key IS NOT NULL;
CREATE INDEX sf_shadow_aside_gap_since_idx ON sf_shadow_aside (gap_since) WHERE gap_since IS NOT NULL;
