-- safe
-- Days of the log are written once and go as whole tables. A vacuum of a day that is still being written notes the gaps at
-- the ends of its pages, and the next events go there: each into an old page, of which all is then written to the
-- write-ahead log. Without it they stand one behind the other. Dead rows (there are none) are cleared away as ever.

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

DO $$
DECLARE
  part text;
BEGIN
  FOR part IN
    SELECT inhrelid::regclass FROM pg_inherits
    WHERE inhparent IN ('sf_raw_event'::regclass, 'sf_change'::regclass)
  LOOP
    EXECUTE format('ALTER TABLE %s SET (autovacuum_vacuum_insert_threshold = -1)', part);
  END LOOP;
END $$;
