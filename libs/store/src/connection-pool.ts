import pg from 'pg';
import { translateStoreError } from './translate-error.ts';
import type { Sql } from './sql.ts';

export interface PoolOptions {
  /** `postgresql://` URL. */
  readonly databaseUrl: string;
  /** Shown in `pg_stat_activity`, so that a long query can be traced to its process. */
  readonly applicationName: string;
  /** Connections of this process, Prisma's included. Default 10. */
  readonly max?: number;
  /** A statement that runs longer is cancelled, in milliseconds. Default 60 s; landing a page takes about one. */
  readonly statementTimeoutMs?: number;
  /** How long to wait for a connection, in milliseconds. Default 5 s. */
  readonly connectTimeoutMs?: number;
}

/** What statements are sent to: the pool, or the one connection of a transaction. */
export type Connection = Pick<pg.ClientBase, 'query'>;

/**
 * A connection that waits inside a transaction for longer than this is cut by the server. A process that stands still
 * must not keep the row of its topic, or a lane, from the one that replaces it: less than a lease of 15 s. Milliseconds.
 */
const IDLE_IN_TRANSACTION_MS = 10_000;

/** The one pool of the process. */
export function createPool(options: PoolOptions): pg.Pool {
  const timeout = options.statementTimeoutMs ?? 60_000;
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    application_name: options.applicationName,
    max: options.max ?? 10,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: timeout,
    // A server that vanished without a word cancels nothing.
    query_timeout: timeout + Math.min(timeout, 10_000),
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
  });
  // An idle connection that the server closes is replaced by the next query. Without a listener it would be fatal.
  pool.on('error', () => undefined);
  return pool;
}

/** For what lasts as long as its source, its disk or its table: the longest that a timer of Node's takes is 24 days. */
export const LONGEST_PATIENCE_MS = 0x7fff_ffff;

/**
 * Runs one statement.
 * @param patienceMs how long its answer may take, for one whose `statement_timeout` was lifted; else the pool's choice
 * @throws UmbraError STORE_*
 */
export async function query<Row>(
  connection: Connection,
  text: Sql,
  values: readonly unknown[] = [],
  patienceMs?: number,
): Promise<Row[]> {
  try {
    const result = await connection.query<Row & pg.QueryResultRow>(statementOf(text, values, patienceMs));
    return result.rows;
  } catch (error) {
    throw translateStoreError(error);
  }
}

/**
 * Runs one statement that changes rows.
 * @param patienceMs as for `query`
 * @returns number of rows changed
 * @throws UmbraError STORE_*
 */
export async function execute(
  connection: Connection,
  text: Sql,
  values: readonly unknown[] = [],
  patienceMs?: number,
): Promise<number> {
  try {
    const result = await connection.query(statementOf(text, values, patienceMs));
    return result.rowCount ?? 0;
  } catch (error) {
    throw translateStoreError(error);
  }
}

/** The one row of a statement that always has one. */
export function only<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw new RangeError(`one row expected, ${rows.length} came`);
  return row;
}

/** A limit of one statement is pg's, which its types leave out. */
function statementOf(text: Sql, values: readonly unknown[], patienceMs: number | undefined): pg.QueryConfig {
  const statement = { text, values: [...values] };
  return patienceMs === undefined ? statement : Object.assign(statement, { query_timeout: patienceMs });
}
