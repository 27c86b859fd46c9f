import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { ColumnValues, KeptRow, MirroredObjectName, LineTaker, StagedRow } from '@umbra/domain';
import type pg from 'pg';
import { execute, LONGEST_PATIENCE_MS } from './connection-pool.ts';
import { shadowTables } from './shadow-table.ts';
import { joined, sql } from './sql.ts';
import { translateStoreError } from './translate-error.ts';

/**
 * A page of rows on its way in, as a temporary table of the transaction. COPY is the fastest way to hand over many
 * rows, and it cannot decide anything; from here one statement can (`landing.ts`).
 *
 * Temporary tables are not logged and vanish with their transaction. The payload is parsed to jsonb once, here, and
 * only copied afterwards. Rows stay whole: compressing what is read once and thrown away would cost more than it saves.
 */
export const stageTable = sql`pg_temp.sf_stage`;

/** Text handed to the socket at once, in characters: large enough to make calls rare, small beside a page. */
const CHUNK = 256 * 1024;

export async function createStage(connection: pg.ClientBase, object: MirroredObjectName): Promise<void> {
  const columns = shadowTables[object].columns.map(({ quoted, type }) => sql`${quoted} ${type}`);
  await execute(connection, sql`DROP TABLE IF EXISTS ${stageTable}`);
  await execute(
    connection,
    sql`CREATE TEMPORARY TABLE sf_stage (
          record_id text COLLATE "C" NOT NULL, alive boolean NOT NULL, fits boolean NOT NULL,
          payload jsonb NOT NULL, src_modified_at timestamptz, ${joined(columns)}
        ) ON COMMIT DROP`,
  );
  await execute(connection, sql`ALTER TABLE ${stageTable} ALTER COLUMN payload SET STORAGE EXTERNAL`);
  await execute(connection, sql`ALTER TABLE ${stageTable} SET (toast_tuple_target = 8160)`);
}

/** What a page brought. */
export interface StagedPage {
  /** Rows that came. */
  readonly received: number;
  /** Rows in the table: a record that came twice stands there once, as it came first. */
  readonly staged: number;
}

/**
 * COPY into the table made by `createStage`, as fast as both sides can: the source is asked for more only when the
 * socket has taken what came before.
 * @param taker takes the lines as well, before the database has them
 * @throws UmbraError STORE_*; what `rows` throws goes through as it is
 */
export async function copyIntoStage(
  connection: pg.ClientBase,
  object: MirroredObjectName,
  rows: AsyncIterable<readonly StagedRow[]> | Iterable<readonly StagedRow[]>,
  taker?: LineTaker,
): Promise<StagedPage> {
  const { columns } = shadowTables[object];
  const quoted = joined(columns.map((column) => column.quoted));
  const target = sql`COPY ${stageTable} (record_id, alive, fits, payload, src_modified_at, ${quoted}) FROM STDIN`;
  const source = new CopySource(
    rows,
    columns.map(({ name }) => name),
    taker,
  );
  const stream = connection.query(Object.assign(copyFrom(target), { query_timeout: LONGEST_PATIENCE_MS }));
  try {
    await pipeline(source.chunks(), stream);
  } catch (error) {
    throw source.failure === undefined ? translateStoreError(error) : error;
  }
  return { received: source.received, staged: stream.rowCount };
}

class CopySource {
  received = 0;
  /** What the rows' source threw; undefined while it has not. */
  failure: unknown;
  readonly #rows: AsyncIterable<readonly StagedRow[]> | Iterable<readonly StagedRow[]>;
  readonly #columnNames: readonly string[];
  readonly #taker: LineTaker | undefined;
  readonly #seen = new Set<string>();

  constructor(
    rows: AsyncIterable<readonly StagedRow[]> | Iterable<readonly StagedRow[]>,
    columnNames: readonly string[],
    taker: LineTaker | undefined,
  ) {
    this.#rows = rows;
    this.#columnNames = columnNames;
    this.#taker = taker;
  }

  async *chunks(): AsyncGenerator<Buffer> {
    let text = '';
    let taken = 0;
    const chunkOf = async (lines: string): Promise<Buffer> => {
      const chunk = Buffer.from(lines);
      await this.#taker?.take(chunk, this.received - taken);
      taken = this.received;
      return chunk;
    };
    try {
      for await (const batch of this.#rows) {
        text += this.#lines(batch);
        if (text.length < CHUNK) continue;
        yield await chunkOf(text);
        text = '';
      }
      if (text !== '' || taken < this.received) yield await chunkOf(text);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  /** Of two statements with one version the first counts, in a merge as here; and one INSERT cannot take both. */
  #lines(batch: readonly StagedRow[]): string {
    let text = '';
    for (const row of batch) {
      this.received += 1;
      if (this.#seen.has(row.recordId)) continue;
      this.#seen.add(ownCopy(row.recordId));
      text += copyLine(row, this.#columnNames);
    }
    return text;
  }
}

/** A text cut out of a larger one keeps that one alive: with ids as they come, the set would hold the whole page. */
function ownCopy(id: string): string {
  return Buffer.from(id, 'latin1').toString('latin1');
}

/** One line of COPY's text format. Source: PostgreSQL manual, COPY, "Text Format". */
export function copyLine(row: StagedRow, columnNames: readonly string[]): string {
  const { columns } = row;
  // JSON text has no raw control characters, so only its backslashes need care.
  const payload = row.payload.includes('\\') ? row.payload.replaceAll('\\', '\\\\') : row.payload;
  let line = `${row.recordId}\t${row.alive ? 't' : 'f'}\t${columns === null ? 'f' : 't'}\t${payload}\t${row.srcModifiedAt ?? NULL}`;
  for (const name of columnNames) line += `\t${columns === null ? NULL : cell(columns[name])}`;
  return `${line}\n`;
}

/**
 * What was staged by a line of `copyLine`, without the user's columns.
 * @throws RangeError for any other line: taken for one, it would say of a record that it is deleted
 */
export function rowOfCopyLine(line: string): KeptRow {
  const [recordId = '', alive, , payload = '', modified = NULL] = line.split('\t', 5);
  if (alive !== 't' && alive !== 'f') throw new RangeError('not a line of a kept page');
  return {
    recordId,
    alive: alive === 't',
    payload: payload.replaceAll('\\\\', '\\'),
    srcModifiedAt: modified === NULL ? null : modified,
  };
}

const NULL = '\\N';
const SPECIAL = /[\\\t\n\r]/;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function cell(value: ColumnValues[string] | undefined): string {
  if (value === null || value === undefined) return NULL;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return SPECIAL.test(value) ? value.replaceAll(/[\\\t\n\r]/g, (found) => escapes[found] ?? found) : value;
}

export interface StageRow {
  readonly record_id: string;
  readonly alive: boolean;
  readonly fits: boolean;
  readonly payload: string;
  readonly src_modified_at: Date | null;
  readonly [column: string]: unknown;
}

/** A row read back from the stage, as it was handed in but for spaces and the order of keys in its payload. */
export function stagedRow(object: MirroredObjectName, row: StageRow): StagedRow {
  const values = shadowTables[object].columns.map(({ name }) => [name, row[name]] as const);
  return {
    recordId: row.record_id,
    alive: row.alive,
    payload: row.payload,
    columns: row.fits ? (Object.fromEntries(values) as ColumnValues) : null,
    srcModifiedAt: row.src_modified_at === null ? null : row.src_modified_at.toISOString(),
  };
}
