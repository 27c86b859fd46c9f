-- Generated from pg_catalog. Do not edit.

CREATE OR REPLACE FUNCTION sf_adopt_strays(day date)
 RETURNS bigint
 LANGUAGE plpgsql
 SET lock_timeout TO '3s'
AS $function$
DECLARE
  today  date := (sf_now() AT TIME ZONE 'UTC')::date;
  parent text;
  part   text;
  moved  bigint;
  events bigint := 0;
BEGIN
  IF day NOT BETWEEN today - 14 AND today + 2 THEN
    RETURN 0;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('sf partitions'), 0);
  FOREACH parent IN ARRAY ARRAY['sf_raw_event', 'sf_change'] LOOP
    part := parent || '_' || to_char(day, 'YYYYMMDD');
    IF to_regclass(part) IS NOT NULL THEN
      CONTINUE;
    END IF;
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', parent || '_default');
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL) WITH (autovacuum_vacuum_insert_threshold = -1)', part, parent);
    EXECUTE format('WITH stray AS (DELETE FROM %I WHERE event_day = $1 RETURNING *) INSERT INTO %I SELECT * FROM stray',
                   parent || '_default', part) USING day;
    GET DIAGNOSTICS moved = ROW_COUNT;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, day, day + 1);
    IF parent = 'sf_raw_event' THEN
      events := moved;
    END IF;
  END LOOP;
  RETURN events;
END $function$;

CREATE OR REPLACE FUNCTION sf_ensure_partitions(day date)
 RETURNS boolean
 LANGUAGE plpgsql
 SET lock_timeout TO '3s'
AS $function$
DECLARE
  today   date := (sf_now() AT TIME ZONE 'UTC')::date;
  parent  text;
  part    text;
  wanted  date;
  strays  boolean;
  whole   boolean := true;
BEGIN
  IF day NOT BETWEEN today - 14 AND today + 2 THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('sf partitions'), 0);
  FOREACH parent IN ARRAY ARRAY['sf_raw_event', 'sf_change'] LOOP
    FOR wanted IN SELECT generate_series(day, least(day + 2, today + 2), '1 day')::date LOOP
      part := parent || '_' || to_char(wanted, 'YYYYMMDD');
      IF EXISTS (SELECT FROM pg_inherits WHERE inhparent = parent::regclass AND inhrelid = to_regclass(part)) THEN
        CONTINUE;
      END IF;
      EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE event_day = $1)', parent || '_default')
        INTO strays USING wanted;
      -- Detached by somebody, or caught by the default partition already: both belong to people.
      IF to_regclass(part) IS NOT NULL OR strays THEN
        whole := whole AND wanted <> day;
        CONTINUE;
      END IF;
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL) WITH (autovacuum_vacuum_insert_threshold = -1)', part, parent);
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                     parent, part, wanted, wanted + 1);
    END LOOP;
  END LOOP;
  RETURN whole;
END $function$;

CREATE OR REPLACE FUNCTION sf_now()
 RETURNS timestamp with time zone
 LANGUAGE sql
 PARALLEL SAFE
RETURN clock_timestamp();

CREATE OR REPLACE FUNCTION sf_oldest_unapplied(wanted text, lanes integer)
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 STABLE
 SET plan_cache_mode TO 'force_generic_plan'
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
  open   record;
  found  timestamptz;
  oldest timestamptz;
BEGIN
  FOR open IN
    SELECT stream_id, event_day FROM sf_stream JOIN sf_open_day USING (stream_id) WHERE wanted = ANY (objects)
  LOOP
    SELECT min(waiting.committed_at) INTO found
    FROM generate_series(0, lanes - 1) AS lane (number)
    LEFT JOIN sf_lane_applied AS applied ON applied.stream_id = open.stream_id AND applied.lane = number
    CROSS JOIN LATERAL (
      (SELECT change.committed_at FROM sf_change AS change
       WHERE change.event_day = open.event_day AND change.lane = number AND change.stream_id = open.stream_id
         AND (change.stream_seq, change.ord) > (coalesce(applied_seq, 0), coalesce(applied_ord, 0))
         AND change.object = wanted
       ORDER BY change.stream_seq, change.ord LIMIT 1)
      UNION ALL
      (SELECT min(change.committed_at) FROM sf_change AS change
       WHERE change.late AND change.event_day = open.event_day
         AND change.lane = number AND change.stream_id = open.stream_id
         AND (change.stream_seq, change.ord) > (coalesce(applied_seq, 0), coalesce(applied_ord, 0))
         AND change.object = wanted)
    ) AS waiting;
    oldest := least(oldest, found);
  END LOOP;
  RETURN oldest;
END $function$;

CREATE OR REPLACE FUNCTION sf_open_days()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  INSERT INTO sf_open_day (stream_id, event_day)
  SELECT DISTINCT stream_id, event_day FROM stored ORDER BY stream_id, event_day
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $function$;

CREATE SEQUENCE sf_read_seq AS bigint START 1 INCREMENT 1 CACHE 1;

CREATE TABLE sf_account_eligibility_shadow (
  account_id text COLLATE "C" NOT NULL,
  internet_eligibility text,
  eligibility_source text,
  updated_at timestamp with time zone NOT NULL,
  raw_payload jsonb NOT NULL,
  v_base text COLLATE "C" NOT NULL DEFAULT ''::text,
  schema_rev integer NOT NULL DEFAULT 0,
  v_fields jsonb NOT NULL DEFAULT '{}'::jsonb,
  v_read text COLLATE "C" NOT NULL DEFAULT ''::text,
  read_at timestamp with time zone,
  v_alive text COLLATE "C" NOT NULL,
  v_gap text COLLATE "C" NOT NULL DEFAULT ''::text,
  gap_since timestamp with time zone,
  v_max text COLLATE "C" NOT NULL,
  src_modified_at timestamp with time zone,
  CONSTRAINT sf_account_eligibility_shadow_pkey PRIMARY KEY (account_id)
) WITH (
  autovacuum_analyze_scale_factor=0.02,
  autovacuum_vacuum_scale_factor=0.02,
  fillfactor=85
);
CREATE INDEX sf_account_eligibility_shadow_gap_since_idx ON sf_account_eligibility_shadow USING btree (gap_since) WHERE (gap_since IS NOT NULL);

CREATE TABLE sf_api_budget (
  hour bigint NOT NULL,
  request_class text NOT NULL,
  calls bigint NOT NULL,
  CONSTRAINT sf_api_budget_pkey PRIMARY KEY (hour, request_class),
  CONSTRAINT sf_api_budget_calls_check CHECK (calls >= 0)
) WITH (
  fillfactor=50
);

CREATE TABLE sf_api_process (
  process text NOT NULL,
  seen_at timestamp with time zone NOT NULL DEFAULT sf_now(),
  CONSTRAINT sf_api_process_pkey PRIMARY KEY (process)
);

CREATE TABLE sf_api_told (
  singleton boolean NOT NULL DEFAULT true,
  used bigint,
  daily_limit bigint,
  told_at timestamp with time zone,
  refused_at timestamp with time zone,
  probed_at timestamp with time zone,
  CONSTRAINT sf_api_told_pkey PRIMARY KEY (singleton),
  CONSTRAINT sf_api_told_singleton_check CHECK (singleton)
);

CREATE TABLE sf_archived_day (
  event_day date NOT NULL,
  file text NOT NULL,
  rows bigint NOT NULL,
  bytes bigint NOT NULL,
  sha256 text NOT NULL,
  fingerprint text NOT NULL,
  archived_at timestamp with time zone NOT NULL DEFAULT sf_now(),
  dropped_at timestamp with time zone,
  CONSTRAINT sf_archived_day_pkey PRIMARY KEY (event_day)
);

CREATE TABLE sf_backfill_page (
  run uuid NOT NULL,
  slice integer NOT NULL,
  job_id text NOT NULL,
  locator text NOT NULL,
  next_locator text,
  rows integer NOT NULL,
  landed_at timestamp with time zone NOT NULL DEFAULT sf_now(),
  CONSTRAINT sf_backfill_page_pkey PRIMARY KEY (run, slice, job_id, locator),
  CONSTRAINT sf_backfill_page_run_slice_fkey FOREIGN KEY (run, slice) REFERENCES sf_backfill_slice(run, slice) ON DELETE CASCADE
);

CREATE TABLE sf_backfill_run (
  id uuid NOT NULL,
  objects text[] NOT NULL,
  since timestamp with time zone,
  state text NOT NULL,
  started_at timestamp with time zone NOT NULL DEFAULT sf_now(),
  finished_at timestamp with time zone,
  calls_spent integer NOT NULL DEFAULT 0,
  CONSTRAINT sf_backfill_run_pkey PRIMARY KEY (id)
);

CREATE TABLE sf_backfill_slice (
  run uuid NOT NULL,
  slice integer NOT NULL,
  object text COLLATE "C" NOT NULL,
  from_id text COLLATE "C",
  to_id text COLLATE "C",
  state text NOT NULL,
  job_id text,
  stamp text COLLATE "C",
  schema_rev integer,
  columns text[],
  promised integer,
  received integer NOT NULL DEFAULT 0,
  landed_rows integer NOT NULL DEFAULT 0,
  parked_rows integer NOT NULL DEFAULT 0,
  read_at timestamp with time zone,
  failures integer NOT NULL DEFAULT 0,
  lease_owner text,
  lease_until timestamp with time zone,
  CONSTRAINT sf_backfill_slice_pkey PRIMARY KEY (run, slice),
  CONSTRAINT sf_backfill_slice_run_fkey FOREIGN KEY (run) REFERENCES sf_backfill_run(id) ON DELETE CASCADE
);

CREATE TABLE sf_change (
  event_day date NOT NULL,
  stream_id integer NOT NULL,
  stream_seq bigint NOT NULL,
  ord integer NOT NULL,
  raw_seq bigint NOT NULL,
  lane smallint NOT NULL,
  object text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  v text COLLATE "C" NOT NULL,
  change_type text NOT NULL,
  committed_at timestamp with time zone NOT NULL,
  late boolean NOT NULL,
  CONSTRAINT sf_change_pkey PRIMARY KEY (object, record_id, v, event_day)
) PARTITION BY RANGE (event_day);
CREATE INDEX sf_change_lane_idx ON ONLY sf_change USING btree (lane, stream_id, stream_seq, ord);
CREATE INDEX sf_change_late_idx ON ONLY sf_change USING btree (stream_id, lane, stream_seq) WHERE late;
CREATE TRIGGER sf_change_opens_its_day AFTER INSERT ON public.sf_change REFERENCING NEW TABLE AS stored FOR EACH STATEMENT EXECUTE FUNCTION sf_open_days();

CREATE TABLE sf_change_default (
  event_day date NOT NULL,
  stream_id integer NOT NULL,
  stream_seq bigint NOT NULL,
  ord integer NOT NULL,
  raw_seq bigint NOT NULL,
  lane smallint NOT NULL,
  object text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  v text COLLATE "C" NOT NULL,
  change_type text NOT NULL,
  committed_at timestamp with time zone NOT NULL,
  late boolean NOT NULL,
  CONSTRAINT sf_change_default_pkey PRIMARY KEY (object, record_id, v, event_day)
) PARTITION OF sf_change DEFAULT WITH (
  autovacuum_vacuum_insert_threshold=-1
);
CREATE INDEX sf_change_default_lane_stream_id_stream_seq_ord_idx ON sf_change_default USING btree (lane, stream_id, stream_seq, ord);
CREATE INDEX sf_change_default_stream_id_lane_stream_seq_idx ON sf_change_default USING btree (stream_id, lane, stream_seq) WHERE late;

CREATE TABLE sf_coverage (
  id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
  object text COLLATE "C" NOT NULL,
  facet text NOT NULL,
  from_at timestamp with time zone,
  to_at timestamp with time zone NOT NULL,
  via text NOT NULL,
  epoch integer NOT NULL,
  from_pos text COLLATE "C",
  to_pos text COLLATE "C",
  run_id uuid,
  recorded_at timestamp with time zone NOT NULL DEFAULT sf_now(),
  stamp text COLLATE "C",
  CONSTRAINT sf_coverage_pkey PRIMARY KEY (id),
  CONSTRAINT sf_coverage_facet_check CHECK (facet = ANY (ARRAY['rows'::text, 'deletes'::text]))
);
CREATE INDEX sf_coverage_object_idx ON sf_coverage USING btree (object, facet, to_at);

CREATE TABLE sf_event_schema (
  schema_id text COLLATE "C" NOT NULL,
  body text NOT NULL,
  object text COLLATE "C",
  revision integer,
  seen_at timestamp with time zone NOT NULL DEFAULT sf_now(),
  CONSTRAINT sf_event_schema_pkey PRIMARY KEY (schema_id)
);

CREATE TABLE sf_hole (
  id bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
  object text COLLATE "C" NOT NULL,
  scope text NOT NULL,
  record_id text COLLATE "C",
  cause text NOT NULL,
  from_at timestamp with time zone NOT NULL,
  to_at timestamp with time zone,
  v text COLLATE "C",
  opened_at timestamp with time zone NOT NULL DEFAULT sf_now(),
  closed_at timestamp with time zone,
  closed_by text,
  CONSTRAINT sf_hole_pkey PRIMARY KEY (id),
  CONSTRAINT sf_hole_check CHECK ((scope = 'record'::text) = (record_id IS NOT NULL)),
  CONSTRAINT sf_hole_scope_check CHECK (scope = ANY (ARRAY['object'::text, 'record'::text]))
);
CREATE UNIQUE INDEX sf_hole_open_idx ON sf_hole USING btree (object, scope, record_id, cause) NULLS NOT DISTINCT WHERE (closed_at IS NULL);

CREATE TABLE sf_kept_page (
  run uuid NOT NULL,
  slice integer NOT NULL,
  job_id text NOT NULL,
  locator text NOT NULL,
  part integer NOT NULL,
  rows integer NOT NULL,
  outdated text[] NOT NULL DEFAULT '{}'::text[],
  body bytea NOT NULL,
  CONSTRAINT sf_kept_page_pkey PRIMARY KEY (run, slice, job_id, locator, part),
  CONSTRAINT sf_kept_page_run_slice_job_id_locator_fkey FOREIGN KEY (run, slice, job_id, locator) REFERENCES sf_backfill_page(run, slice, job_id, locator) ON DELETE CASCADE
);

CREATE TABLE sf_kept_read (
  object text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  stamp text COLLATE "C" NOT NULL,
  statement jsonb NOT NULL,
  CONSTRAINT sf_kept_read_pkey PRIMARY KEY (object, record_id, kind),
  CONSTRAINT sf_kept_read_kind_check CHECK (kind = ANY (ARRAY['row'::text, 'gone'::text]))
);

CREATE TABLE sf_lane_applied (
  stream_id integer NOT NULL,
  lane smallint NOT NULL,
  applied_seq bigint NOT NULL,
  applied_ord integer NOT NULL,
  CONSTRAINT sf_lane_applied_pkey PRIMARY KEY (stream_id, lane),
  CONSTRAINT sf_lane_applied_stream_id_fkey FOREIGN KEY (stream_id) REFERENCES sf_stream(stream_id) ON DELETE CASCADE
) WITH (
  fillfactor=50
);

CREATE TABLE sf_object_state (
  object text COLLATE "C" NOT NULL,
  epoch integer NOT NULL DEFAULT 0,
  projection_hash text,
  tombstone_floor text COLLATE "C" NOT NULL DEFAULT ''::text,
  CONSTRAINT sf_object_state_pkey PRIMARY KEY (object)
);

CREATE TABLE sf_open_day (
  stream_id integer NOT NULL,
  event_day date NOT NULL,
  CONSTRAINT sf_open_day_pkey PRIMARY KEY (stream_id, event_day),
  CONSTRAINT sf_open_day_stream_id_fkey FOREIGN KEY (stream_id) REFERENCES sf_stream(stream_id) ON DELETE CASCADE
);

CREATE TABLE sf_org (
  singleton boolean NOT NULL DEFAULT true,
  org_id text NOT NULL,
  instance text NOT NULL,
  is_multi_currency boolean NOT NULL,
  standard_pricebook_id text,
  seen_at timestamp with time zone NOT NULL DEFAULT sf_now(),
  CONSTRAINT sf_org_pkey PRIMARY KEY (singleton),
  CONSTRAINT sf_org_singleton_check CHECK (singleton)
);

CREATE TABLE sf_pricebook_shadow (
  pricebook_entry_id text COLLATE "C" NOT NULL,
  product_id text COLLATE "C" NOT NULL,
  pricebook_id text COLLATE "C" NOT NULL,
  unit_price numeric(12,2) NOT NULL,
  currency_iso_code text NOT NULL,
  is_active boolean NOT NULL,
  updated_at timestamp with time zone NOT NULL,
  raw_payload jsonb NOT NULL,
  v_base text COLLATE "C" NOT NULL DEFAULT ''::text,
  schema_rev integer NOT NULL DEFAULT 0,
  v_fields jsonb NOT NULL DEFAULT '{}'::jsonb,
  v_read text COLLATE "C" NOT NULL DEFAULT ''::text,
  read_at timestamp with time zone,
  v_alive text COLLATE "C" NOT NULL,
  v_gap text COLLATE "C" NOT NULL DEFAULT ''::text,
  gap_since timestamp with time zone,
  v_max text COLLATE "C" NOT NULL,
  src_modified_at timestamp with time zone,
  CONSTRAINT sf_pricebook_shadow_pkey PRIMARY KEY (pricebook_entry_id),
  CONSTRAINT sf_pricebook_shadow_product_id_fkey FOREIGN KEY (product_id) REFERENCES sf_product_shadow(product_id) ON DELETE CASCADE
) WITH (
  autovacuum_analyze_scale_factor=0.02,
  autovacuum_vacuum_scale_factor=0.02,
  fillfactor=85
);
CREATE INDEX sf_pricebook_shadow_gap_since_idx ON sf_pricebook_shadow USING btree (gap_since) WHERE (gap_since IS NOT NULL);
CREATE INDEX sf_pricebook_shadow_product_id_idx ON sf_pricebook_shadow USING btree (product_id);

CREATE TABLE sf_product_shadow (
  product_id text COLLATE "C" NOT NULL,
  sku text NOT NULL,
  name text NOT NULL,
  item_class text,
  offering_type text,
  plan_tier text,
  vpn_region text,
  updated_at timestamp with time zone NOT NULL,
  raw_payload jsonb NOT NULL,
  v_base text COLLATE "C" NOT NULL DEFAULT ''::text,
  schema_rev integer NOT NULL DEFAULT 0,
  v_fields jsonb NOT NULL DEFAULT '{}'::jsonb,
  v_read text COLLATE "C" NOT NULL DEFAULT ''::text,
  read_at timestamp with time zone,
  v_alive text COLLATE "C" NOT NULL,
  v_gap text COLLATE "C" NOT NULL DEFAULT ''::text,
  gap_since timestamp with time zone,
  v_max text COLLATE "C" NOT NULL,
  src_modified_at timestamp with time zone,
  CONSTRAINT sf_product_shadow_pkey PRIMARY KEY (product_id),
  CONSTRAINT sf_product_shadow_sku_key UNIQUE (sku)
) WITH (
  autovacuum_analyze_scale_factor=0.02,
  autovacuum_vacuum_scale_factor=0.02,
  fillfactor=85
);
CREATE INDEX sf_product_shadow_gap_since_idx ON sf_product_shadow USING btree (gap_since) WHERE (gap_since IS NOT NULL);
CREATE INDEX sf_product_shadow_item_class_idx ON sf_product_shadow USING btree (item_class);

CREATE TABLE sf_raw_event (
  event_day date NOT NULL,
  stream_id integer NOT NULL,
  stream_seq bigint NOT NULL,
  epoch integer NOT NULL,
  event_id text NOT NULL,
  replay_id bytea NOT NULL,
  schema_id text NOT NULL,
  payload bytea NOT NULL,
  fingerprint bytea NOT NULL,
  received_at timestamp with time zone NOT NULL DEFAULT sf_now(),
  decoded boolean NOT NULL,
  error text,
  CONSTRAINT sf_raw_event_pkey PRIMARY KEY (event_day, stream_id, stream_seq),
  CONSTRAINT sf_raw_event_event_day_epoch_fingerprint_key UNIQUE (event_day, epoch, fingerprint)
) PARTITION BY RANGE (event_day);
CREATE INDEX sf_raw_event_undecoded_idx ON ONLY sf_raw_event USING btree (received_at) WHERE (NOT decoded);

CREATE TABLE sf_raw_event_default (
  event_day date NOT NULL,
  stream_id integer NOT NULL,
  stream_seq bigint NOT NULL,
  epoch integer NOT NULL,
  event_id text NOT NULL,
  replay_id bytea NOT NULL,
  schema_id text NOT NULL,
  payload bytea NOT NULL,
  fingerprint bytea NOT NULL,
  received_at timestamp with time zone NOT NULL DEFAULT sf_now(),
  decoded boolean NOT NULL,
  error text,
  CONSTRAINT sf_raw_event_default_pkey PRIMARY KEY (event_day, stream_id, stream_seq),
  CONSTRAINT sf_raw_event_default_event_day_epoch_fingerprint_key UNIQUE (event_day, epoch, fingerprint)
) PARTITION OF sf_raw_event DEFAULT WITH (
  autovacuum_vacuum_insert_threshold=-1
);
CREATE INDEX sf_raw_event_default_received_at_idx ON sf_raw_event_default USING btree (received_at) WHERE (NOT decoded);

CREATE TABLE sf_schema_revision (
  object text COLLATE "C" NOT NULL,
  revision integer NOT NULL,
  fingerprint text COLLATE "C" NOT NULL,
  leaves text[] NOT NULL,
  first_seen_at timestamp with time zone NOT NULL DEFAULT sf_now(),
  CONSTRAINT sf_schema_revision_pkey PRIMARY KEY (object, revision),
  CONSTRAINT sf_schema_revision_object_fingerprint_key UNIQUE (object, fingerprint)
);

CREATE TABLE sf_shadow_aside (
  object text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  alive boolean NOT NULL,
  reason text NOT NULL,
  since timestamp with time zone NOT NULL,
  parent_key text COLLATE "C",
  unique_key text,
  doc jsonb NOT NULL,
  purge_after timestamp with time zone,
  master_id text COLLATE "C",
  v_base text COLLATE "C" NOT NULL DEFAULT ''::text,
  schema_rev integer NOT NULL DEFAULT 0,
  v_fields jsonb NOT NULL DEFAULT '{}'::jsonb,
  v_read text COLLATE "C" NOT NULL DEFAULT ''::text,
  read_at timestamp with time zone,
  v_alive text COLLATE "C" NOT NULL,
  v_gap text COLLATE "C" NOT NULL DEFAULT ''::text,
  gap_since timestamp with time zone,
  v_max text COLLATE "C" NOT NULL,
  src_modified_at timestamp with time zone,
  CONSTRAINT sf_shadow_aside_pkey PRIMARY KEY (object, record_id)
) WITH (
  autovacuum_analyze_scale_factor=0.02,
  autovacuum_vacuum_scale_factor=0.02,
  fillfactor=85
);
CREATE INDEX sf_shadow_aside_gap_since_idx ON sf_shadow_aside USING btree (gap_since) WHERE (gap_since IS NOT NULL);
CREATE INDEX sf_shadow_aside_parent_idx ON sf_shadow_aside USING btree (object, parent_key) WHERE (parent_key IS NOT NULL);
CREATE INDEX sf_shadow_aside_purge_idx ON sf_shadow_aside USING btree (purge_after) WHERE (reason = 'deleted'::text);
CREATE INDEX sf_shadow_aside_reason_idx ON sf_shadow_aside USING btree (object, reason, record_id);
CREATE INDEX sf_shadow_aside_unique_idx ON sf_shadow_aside USING btree (unique_key) WHERE (alive AND (unique_key IS NOT NULL));

CREATE TABLE sf_stream (
  stream_id integer NOT NULL GENERATED BY DEFAULT AS IDENTITY,
  topic text NOT NULL,
  objects text[] NOT NULL,
  epoch integer NOT NULL DEFAULT 0,
  fence bigint NOT NULL DEFAULT 0,
  lease_owner text,
  lease_until timestamp with time zone,
  replay_id bytea,
  next_seq bigint NOT NULL DEFAULT 1,
  commit_number bigint,
  commit_timestamp timestamp with time zone,
  evidence_from timestamp with time zone,
  evidence_at timestamp with time zone,
  identity text,
  CONSTRAINT sf_stream_pkey PRIMARY KEY (stream_id),
  CONSTRAINT sf_stream_topic_key UNIQUE (topic)
) WITH (
  fillfactor=50
);

CREATE TABLE sf_stream_sample (
  stream_id integer NOT NULL,
  taken_ms bigint NOT NULL,
  sampled_at timestamp with time zone NOT NULL,
  epoch integer NOT NULL,
  commit_number bigint,
  commit_timestamp timestamp with time zone,
  CONSTRAINT sf_stream_sample_pkey PRIMARY KEY (stream_id, taken_ms),
  CONSTRAINT sf_stream_sample_stream_id_fkey FOREIGN KEY (stream_id) REFERENCES sf_stream(stream_id) ON DELETE CASCADE
);
CREATE INDEX sf_stream_sample_taken_ms_idx ON sf_stream_sample USING btree (taken_ms);

CREATE TABLE sf_upkeep_run (
  id uuid NOT NULL,
  kind text NOT NULL,
  subject text COLLATE "C" NOT NULL,
  started_at timestamp with time zone NOT NULL DEFAULT sf_now(),
  finished_at timestamp with time zone,
  lease_owner text,
  lease_until timestamp with time zone,
  progress jsonb,
  report jsonb,
  hash text,
  CONSTRAINT sf_upkeep_run_pkey PRIMARY KEY (id),
  CONSTRAINT sf_upkeep_run_kind_check CHECK (kind = ANY (ARRAY['nightly'::text, 'delta'::text, 'reconcile'::text, 'reconcile-deep'::text]))
);
CREATE INDEX sf_upkeep_run_finished_idx ON sf_upkeep_run USING btree (kind, subject, finished_at);
CREATE UNIQUE INDEX sf_upkeep_run_unfinished_key ON sf_upkeep_run USING btree (kind, subject) WHERE (finished_at IS NULL);
