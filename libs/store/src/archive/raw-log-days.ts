import { to as copyTo } from 'pg-copy-streams';
import type { Archive, ArchivedDay, HeldDay, RawLogDays } from '@umbra/domain';
import type pg from 'pg';
import { execute, LONGEST_PATIENCE_MS, only, query } from '../connection-pool.ts';
import { identifier, joined, sql, type Sql } from '../sql.ts';
import { inTransaction } from '../transaction.ts';
import { translateStoreError } from '../translate-error.ts';
import { compressed, contentOf, damaged, dayColumns, FileSum } from './day-file.ts';
import { archivedDay, dayName, dayTable, type ArchivedDayRow } from './day-names.ts';

/** Other transactions are not to queue for long behind a detach that waits for its lock. */
const LOCK_TIMEOUT = sql`SET LOCAL lock_timeout = '3s'`;

/**
 * The raw log's days in PostgreSQL.
 *
 * A table is dropped only when its file, read back from the archive, has the bytes that its manifest names, and the
 * table still has the events that are in the file. Compared are the number of events and their fingerprints, which are
 * worked out from the payloads in the file and taken as stored at arrival from the table: neither a truncated file nor
 * a payload that changed on its way would pass.
 */
export class PgRawLogDays implements RawLogDays {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async ensureAhead(): Promise<boolean> {
    const rows = await query<{ made: boolean }>(
      this.#pool,
      sql`SELECT bool_and(sf_ensure_partitions(day::date)) AS made
          FROM generate_series(timezone('UTC', sf_now())::date, timezone('UTC', sf_now())::date + 2, '1 day') AS day`,
    );
    return only(rows).made;
  }

  async adoptStrays(): Promise<number> {
    const days = await query<{ day: string }>(
      this.#pool,
      sql`SELECT DISTINCT event_day::text AS day FROM sf_raw_event_default
          UNION SELECT DISTINCT event_day::text FROM sf_change_default ORDER BY day`,
    );
    let adopted = 0;
    for (const { day } of days) {
      const rows = await inTransaction(this.#pool, (connection) =>
        query<{ events: string }>(connection, sql`SELECT sf_adopt_strays($1::date) AS events`, [day]),
      );
      adopted += Number(only(rows).events);
    }
    return adopted;
  }

  async strays(): Promise<number> {
    const rows = await query<{ count: string }>(
      this.#pool,
      sql`SELECT count(*) AS count FROM sf_raw_event_default`,
    );
    return Number(only(rows).count);
  }

  async expired(keepDays: number): Promise<readonly string[]> {
    const rows = await query<{ day: string }>(
      this.#pool,
      sql`SELECT day::text AS day FROM (
            SELECT to_date(right(relname, 8), 'YYYYMMDD') AS day FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
              AND relname ~ '^sf_raw_event_[0-9]{8}$'
          ) AS days
          WHERE day < timezone('UTC', sf_now())::date - $1::int ORDER BY day`,
      [keepDays],
    );
    return rows.map(({ day }) => day);
  }

  async heldBy(day: string): Promise<HeldDay | undefined> {
    const rows = await query<Readonly<Record<HeldDay, boolean>>>(
      this.#pool,
      sql`SELECT
            EXISTS (SELECT FROM sf_raw_event WHERE event_day = $1 AND NOT decoded) AS undecoded,
            EXISTS (SELECT FROM sf_change AS change
                    LEFT JOIN sf_lane_applied AS applied USING (stream_id, lane)
                    WHERE change.event_day = $1
                      AND (change.stream_seq, change.ord)
                        > (coalesce(applied.applied_seq, 0), coalesce(applied.applied_ord, 0))) AS unapplied,
            EXISTS (SELECT FROM sf_hole AS hole JOIN sf_change AS change USING (object, record_id)
                    WHERE hole.closed_at IS NULL AND hole.scope = 'record' AND hole.cause = 'poison'
                      AND change.event_day = $1) AS parked`,
      [day],
    );
    const held = only(rows);
    return (['unapplied', 'undecoded', 'parked'] as const).find((reason) => held[reason]);
  }

  async size(day: string): Promise<{ rows: number; bytes: number }> {
    const rows = await query<{ rows: string; bytes: string }>(
      this.#pool,
      sql`SELECT count(*) AS rows, coalesce(sum(octet_length(payload)), 0) AS bytes FROM ${dayTable('sf_raw_event', day)}`,
    );
    return { rows: Number(only(rows).rows), bytes: Number(only(rows).bytes) };
  }

  async archive(day: string, archive: Archive): Promise<ArchivedDay> {
    const file = `raw-log/${dayName(day)}.copy.zst`;
    const sum = new FileSum();
    const table = await inTransaction(this.#pool, async (connection) => {
      // One snapshot for the copy and for what is compared with it.
      await execute(connection, sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`);
      await execute(connection, sql`SET LOCAL statement_timeout = 0`);
      // The file is flushed and renamed before the transaction ends, at the disk's pace.
      await execute(connection, sql`SET LOCAL idle_in_transaction_session_timeout = '2min'`);
      const counted = await tableContent(connection, day);
      await archive.write(file, sum.passing(compressed(copyOf(connection, day))));
      return counted;
    });
    const written = { file, ...table, bytes: sum.bytes, sha256: sum.digest() };
    await archive.write(
      `raw-log/${dayName(day)}.manifest.json`,
      manifest(day, written, await this.#schemas(day)),
    );
    const rows = await query<ArchivedDayRow>(
      this.#pool,
      sql`INSERT INTO sf_archived_day AS known (event_day, file, rows, bytes, sha256, fingerprint)
          VALUES ($1, $2, $3, $4, $5, $6)
          ON CONFLICT (event_day) DO UPDATE SET file = EXCLUDED.file, rows = EXCLUDED.rows, bytes = EXCLUDED.bytes,
            sha256 = EXCLUDED.sha256, fingerprint = EXCLUDED.fingerprint, archived_at = sf_now(), dropped_at = NULL
          RETURNING event_day::text AS day, file, rows, bytes, sha256, fingerprint, archived_at, dropped_at`,
      [day, file, written.rows, written.bytes, written.sha256, written.fingerprint],
    );
    return archivedDay(only(rows));
  }

  async verify(archived: ArchivedDay, archive: Archive): Promise<void> {
    const { day, file } = archived;
    const content = await contentOf(day, archive.read(file));
    const isAsNoted =
      content.rows === archived.rows &&
      content.bytes === archived.bytes &&
      content.sha256 === archived.sha256 &&
      content.fingerprint === archived.fingerprint;
    if (!isAsNoted) throw damaged(day);
    if (archived.droppedAt !== null) return;
    const table = await inTransaction(this.#pool, async (connection) => {
      await execute(connection, sql`SET LOCAL statement_timeout = 0`);
      return tableContent(connection, day);
    });
    if (table.rows !== content.rows || table.fingerprint !== content.fingerprint) throw damaged(day);
  }

  async drop(archived: ArchivedDay): Promise<void> {
    const { day } = archived;
    await inTransaction(this.#pool, async (connection) => {
      await execute(connection, LOCK_TIMEOUT);
      await execute(connection, sql`SET LOCAL statement_timeout = 0`);
      // Readers go on while it is counted; only the detaching itself keeps them out, for a moment.
      await execute(connection, sql`LOCK TABLE ${dayTable('sf_raw_event', day)} IN SHARE MODE`);
      const { fingerprint, rows } = await tableContent(connection, day);
      if (rows !== archived.rows || fingerprint !== archived.fingerprint) throw damaged(day);
      for (const parent of parents) {
        const table = dayTable(parent, day);
        const [found] = await query<{ attached: boolean | null }>(
          connection,
          sql`SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = found.id) AS attached
              FROM (SELECT to_regclass($1) AS id) AS found WHERE found.id IS NOT NULL`,
          [table],
        );
        if (found === undefined) continue;
        if (found.attached)
          await execute(connection, sql`ALTER TABLE ${identifier(parent)} DETACH PARTITION ${table}`);
        await execute(connection, sql`DROP TABLE ${table}`);
      }
      await execute(connection, sql`UPDATE sf_archived_day SET dropped_at = sf_now() WHERE event_day = $1`, [
        day,
      ]);
    });
  }

  async archived(): Promise<readonly ArchivedDay[]> {
    const rows = await query<ArchivedDayRow>(
      this.#pool,
      sql`SELECT event_day::text AS day, file, rows, bytes, sha256, fingerprint, archived_at, dropped_at
          FROM sf_archived_day ORDER BY event_day`,
    );
    return rows.map(archivedDay);
  }

  /** What the day's events need to be read: with them the file is readable without this database. */
  async #schemas(day: string): Promise<Readonly<Record<string, string>>> {
    const rows = await query<{ schema_id: string; body: string }>(
      this.#pool,
      sql`SELECT schema_id, body FROM sf_event_schema
          WHERE schema_id IN (SELECT DISTINCT schema_id FROM ${dayTable('sf_raw_event', day)}) ORDER BY schema_id`,
    );
    return Object.fromEntries(rows.map(({ body, schema_id }) => [schema_id, body]));
  }
}

const parents = ['sf_change', 'sf_raw_event'] as const;

const columns: Sql = joined(dayColumns.map(identifier));

async function* copyOf(connection: pg.ClientBase, day: string): AsyncGenerator<Uint8Array> {
  const table = dayTable('sf_raw_event', day);
  const statement = sql`COPY (SELECT ${columns} FROM ${table} ORDER BY stream_id, stream_seq) TO STDOUT`;
  const stream = connection.query(
    Object.assign(copyTo(statement), { query_timeout: LONGEST_PATIENCE_MS, callback: (): void => undefined }),
  );
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    throw translateStoreError(error);
  } finally {
    // pg ends its timer in the callback that it wraps, which this kind of query never calls: it would hold the process.
    stream.callback();
  }
}

/**
 * Reads the whole day: the server's limit has to be lifted in the caller's transaction, as ours is here. An identity ends
 * with the digest of the event; of one that decoded, the number of its commit stands before that.
 */
async function tableContent(
  connection: pg.ClientBase,
  day: string,
): Promise<{ rows: number; fingerprint: string }> {
  const rows = await query<{ rows: string; fingerprint: string }>(
    connection,
    sql`SELECT count(*) AS rows,
               to_hex(coalesce(bit_xor(('x' || encode(substring(
                 fingerprint FROM octet_length(fingerprint) - 31 FOR 8), 'hex'))::bit(64)::bigint), 0)) AS fingerprint
        FROM ${dayTable('sf_raw_event', day)}`,
    [],
    LONGEST_PATIENCE_MS,
  );
  const { rows: count, fingerprint } = only(rows);
  return { rows: Number(count), fingerprint: fingerprint.padStart(16, '0') };
}

async function* manifest(
  day: string,
  written: { file: string; rows: number; bytes: number; sha256: string; fingerprint: string },
  schemas: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  const text = { format: 'umbra-raw-log-day/1', day, ...written, columns: dayColumns, schemas };
  yield Buffer.from(`${JSON.stringify(text, undefined, 2)}\n`);
  await Promise.resolve();
}
