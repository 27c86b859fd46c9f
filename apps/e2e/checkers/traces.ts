/**
 * Recorders in the database under test: what was committed, in the order of commit. They know the tables and nothing
 * of the code that writes them. In a schema of their own, so that nobody takes them for the product's.
 */
export type RowsOf = <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;

/** One commit of a topic's position. */
export interface Checkpoint {
  readonly n: string;
  readonly topic: string;
  readonly fence: string;
  readonly epoch: number;
  readonly owner: string | null;
  readonly next_seq: string;
  /** Hexadecimal; the simulated org's numbers rise within an epoch, big-endian. */
  readonly replay_id: string | null;
  readonly xid: string;
}

/** A transaction that put events into the raw log. */
export interface RawInsert {
  readonly xid: string;
  readonly stream_id: number;
  readonly topic: string;
  readonly events: number;
}

/** A record as it was written. */
export interface RowWrite {
  readonly n: string;
  readonly object: string;
  readonly record_id: string;
  readonly v_base: string;
  readonly v_fields: Readonly<Record<string, string>>;
  readonly v_alive: string;
  readonly v_max: string;
}

/** Sequence numbers are drawn while the row is locked, so per topic and per record they follow the order of commits. */
const recorders = `
  CREATE SCHEMA trace;
  CREATE TABLE trace.checkpoint (
    n bigint GENERATED ALWAYS AS IDENTITY, xid text NOT NULL, topic text NOT NULL, fence bigint NOT NULL, owner text,
    epoch int NOT NULL, next_seq bigint NOT NULL, replay_id text);
  CREATE FUNCTION trace.note_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO trace.checkpoint (xid, topic, fence, owner, epoch, next_seq, replay_id)
      VALUES (pg_current_xact_id()::text, NEW.topic, NEW.fence, NEW.lease_owner, NEW.epoch, NEW.next_seq,
              encode(NEW.replay_id, 'hex'));
      RETURN NULL;
    END $$;
  CREATE TRIGGER trace_checkpoint AFTER INSERT OR UPDATE ON sf_stream
    FOR EACH ROW EXECUTE FUNCTION trace.note_checkpoint();

  CREATE TABLE trace.raw_insert (xid text NOT NULL, stream_id int NOT NULL, events int NOT NULL);
  CREATE FUNCTION trace.note_raw_insert() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO trace.raw_insert
      SELECT pg_current_xact_id()::text, stream_id, count(*) FROM fresh GROUP BY stream_id;
      RETURN NULL;
    END $$;
  CREATE TRIGGER trace_raw_insert AFTER INSERT ON sf_raw_event
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION trace.note_raw_insert();

  CREATE TABLE trace.row_write (
    n bigint GENERATED ALWAYS AS IDENTITY, object text NOT NULL, record_id text NOT NULL, v_base text NOT NULL,
    v_fields jsonb NOT NULL, v_alive text NOT NULL, v_max text NOT NULL);
  CREATE FUNCTION trace.note_row_write() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      of_row jsonb := to_jsonb(NEW) - 'raw_payload' - 'doc';
    BEGIN
      INSERT INTO trace.row_write (object, record_id, v_base, v_fields, v_alive, v_max)
      VALUES (CASE WHEN TG_NARGS = 2 THEN TG_ARGV[0] ELSE of_row ->> 'object' END, of_row ->> TG_ARGV[TG_NARGS - 1],
              NEW.v_base, NEW.v_fields, NEW.v_alive, NEW.v_max);
      RETURN NULL;
    END $$;
  CREATE TRIGGER trace_row_write AFTER INSERT OR UPDATE ON sf_product_shadow
    FOR EACH ROW EXECUTE FUNCTION trace.note_row_write('Product2', 'product_id');
  CREATE TRIGGER trace_row_write AFTER INSERT OR UPDATE ON sf_pricebook_shadow
    FOR EACH ROW EXECUTE FUNCTION trace.note_row_write('PricebookEntry', 'pricebook_entry_id');
  CREATE TRIGGER trace_row_write AFTER INSERT OR UPDATE ON sf_account_eligibility_shadow
    FOR EACH ROW EXECUTE FUNCTION trace.note_row_write('Account', 'account_id');
  CREATE TRIGGER trace_row_write AFTER INSERT OR UPDATE ON sf_shadow_aside
    FOR EACH ROW EXECUTE FUNCTION trace.note_row_write('record_id');

  CREATE FUNCTION trace.no_cascade() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF pg_trigger_depth() > 1 THEN
        RAISE EXCEPTION 'the foreign key cascade would remove %', OLD.pricebook_entry_id;
      END IF;
      RETURN OLD;
    END $$;
  CREATE TRIGGER trace_no_cascade BEFORE DELETE ON sf_pricebook_shadow
    FOR EACH ROW EXECUTE FUNCTION trace.no_cascade();`;

export async function installTraces(rows: RowsOf): Promise<void> {
  await rows(recorders);
}

/** Forgets what was recorded: the next trial begins. */
export async function clearTraces(rows: RowsOf): Promise<void> {
  // Not TRUNCATE: it would wait for the worker's transactions, and they for it.
  for (const table of ['checkpoint', 'raw_insert', 'row_write']) await rows(`DELETE FROM trace.${table}`);
}

export function checkpoints(rows: RowsOf): Promise<Checkpoint[]> {
  return rows(
    'SELECT n, topic, fence, owner, epoch, next_seq, replay_id, xid FROM trace.checkpoint ORDER BY n',
  );
}

export function rawInserts(rows: RowsOf): Promise<RawInsert[]> {
  return rows('SELECT xid, stream_id, topic, events FROM trace.raw_insert JOIN sf_stream USING (stream_id)');
}

export function rowWrites(rows: RowsOf): Promise<RowWrite[]> {
  return rows(
    'SELECT n, object, record_id, v_base, v_fields, v_alive, v_max FROM trace.row_write ORDER BY object, record_id, n',
  );
}
