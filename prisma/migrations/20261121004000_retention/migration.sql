-- safe

-- Schemas of change events, with the leaf set that their events are merged under: the log stays readable on its own.
CREATE TABLE sf_event_schema (
  schema_id text COLLATE "C" PRIMARY KEY,
  body      text        NOT NULL,
  object    text COLLATE "C",
  revision  integer,
  seen_at   timestamptz NOT NULL DEFAULT sf_now()
);

-- What Bulk pages said, compressed, until a newer complete read of the object says it again. Kept in the transaction
-- that lands the page, and gone with it. Rows that were older than their stamp claimed are named, since they never
-- counted.
CREATE TABLE sf_kept_page (
  run      uuid    NOT NULL,
  slice    integer NOT NULL,
  job_id   text    NOT NULL,
  locator  text    NOT NULL,
  part     integer NOT NULL,
  rows     integer NOT NULL,
  outdated text[]  NOT NULL DEFAULT '{}',
  body     bytea   NOT NULL,
  PRIMARY KEY (run, slice, job_id, locator, part),
  FOREIGN KEY (run, slice, job_id, locator) REFERENCES sf_backfill_page (run, slice, job_id, locator) ON DELETE CASCADE
);

-- Compressed already: the server's own attempt would cost and gain nothing.
ALTER TABLE sf_kept_page ALTER COLUMN body SET STORAGE EXTERNAL;

-- The newest read of a record by itself, and the newest statement that it is gone.
CREATE TABLE sf_kept_read (
  object    text COLLATE "C" NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  kind      text             NOT NULL CHECK (kind IN ('row', 'gone')),
  stamp     text COLLATE "C" NOT NULL,
  statement jsonb            NOT NULL,
  PRIMARY KEY (object, record_id, kind)
);

-- Days of the raw log that were written to the archive, and when their tables went.
CREATE TABLE sf_archived_day (
  event_day   date        PRIMARY KEY,
  file        text        NOT NULL,
  rows        bigint      NOT NULL,
  bytes       bigint      NOT NULL,
  sha256      text        NOT NULL,
  fingerprint text        NOT NULL,
  archived_at timestamptz NOT NULL DEFAULT sf_now(),
  dropped_at  timestamptz
);

-- Versions below this may belong to records whose tombstone was purged: they are read anew, never applied.
ALTER TABLE sf_object_state ADD COLUMN tombstone_floor text COLLATE "C" NOT NULL DEFAULT '';

CREATE INDEX sf_shadow_aside_purge_idx ON sf_shadow_aside (purge_after) WHERE reason = 'deleted';

-- Gives a day that the default partitions had to catch its own partitions, rows included. Appends to the default
-- partition wait meanwhile; those of other days go on.
CREATE FUNCTION sf_adopt_strays(day date) RETURNS bigint
  LANGUAGE plpgsql
  SET lock_timeout = '3s'
AS $$
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
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
    EXECUTE format('WITH stray AS (DELETE FROM %I WHERE event_day = $1 RETURNING *) INSERT INTO %I SELECT * FROM stray',
                   parent || '_default', part) USING day;
    GET DIAGNOSTICS moved = ROW_COUNT;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, day, day + 1);
    IF parent = 'sf_raw_event' THEN
      events := moved;
    END IF;
  END LOOP;
  RETURN events;
END $$;
