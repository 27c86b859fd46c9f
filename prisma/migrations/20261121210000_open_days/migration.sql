-- safe
-- Days of the log in which changes of a stream may wait to be applied; on every other day all of them are. Without it,
-- each look at what waits went down the indexes of every day that is kept, once for each lane: 18 days, of which 17 had
-- nothing to tell. Rows come with the changes themselves, whoever writes them (processes of an older release too), and
-- leave under the lock of their stream, when nothing of the day waits any more.
CREATE TABLE sf_open_day (
  stream_id integer NOT NULL REFERENCES sf_stream (stream_id) ON DELETE CASCADE,
  event_day date    NOT NULL,
  PRIMARY KEY (stream_id, event_day)
);

CREATE FUNCTION sf_open_days() RETURNS trigger
  LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO sf_open_day (stream_id, event_day)
  SELECT DISTINCT stream_id, event_day FROM stored ORDER BY stream_id, event_day
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE TRIGGER sf_change_opens_its_day AFTER INSERT ON sf_change
  REFERENCING NEW TABLE AS stored FOR EACH STATEMENT EXECUTE FUNCTION sf_open_days();

-- What waits already may be anywhere; days in which nothing does are closed by the next sweep.
INSERT INTO sf_open_day (stream_id, event_day)
SELECT stream_id, to_date(right(partition.relname, 8), 'YYYYMMDD')
FROM sf_stream, pg_inherits JOIN pg_class AS partition ON partition.oid = inhrelid
WHERE inhparent = 'sf_change'::regclass AND partition.relname ~ '^sf_change_[0-9]{8}$'
UNION
SELECT DISTINCT stream_id, event_day FROM sf_change_default;

-- Commit time of the oldest change of an object that is stored and not applied, or null. Commit times rise along a stream
-- but for the changes marked late, so of each lane only the first waiting change and the late ones can be the oldest.
-- Asked for with most reads, so its plan is made once: for any day, and through the indexes, as a day is empty at first.
CREATE FUNCTION sf_oldest_unapplied(wanted text, lanes integer) RETURNS timestamptz
  LANGUAGE plpgsql STABLE
  SET plan_cache_mode = force_generic_plan
  SET enable_seqscan = off
AS $$
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
END $$;
