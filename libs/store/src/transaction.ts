import { setTimeout as sleep } from 'node:timers/promises';
import { isUmbraError, UmbraError } from '@umbra/domain';
import type pg from 'pg';
import { translateStoreError } from './translate-error.ts';

/** First try and repetitions after a deadlock or a serialisation failure. */
const ATTEMPTS = 6;
/** Upper bound of the first pause in milliseconds; it doubles. Random, so that two rivals do not meet again. */
const FIRST_PAUSE = 20;

/**
 * Runs `work` in a transaction of its own connection. When PostgreSQL sacrifices it for another one, everything is
 * done again from the start, so `work` must not have effects outside the transaction.
 * @throws UmbraError STORE_*; what `work` throws goes through as it is, after a rollback
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (connection: pg.PoolClient) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(pool, work);
    } catch (error) {
      if (!isUmbraError(error) || error.code !== 'STORE_CONFLICT' || attempt === ATTEMPTS) throw error;
      await sleep(Math.random() * FIRST_PAUSE * 2 ** (attempt - 1));
    }
  }
}

async function once<T>(pool: pg.Pool, work: (connection: pg.PoolClient) => Promise<T>): Promise<T> {
  const connection = await pool.connect().catch((error: unknown) => {
    throw translateStoreError(error);
  });
  // While it is in use, a connection reports its death to its current query and to this listener.
  let lost: Error | undefined;
  const onLost = (error: Error) => (lost = error);
  connection.on('error', onLost);
  try {
    await send(connection, 'BEGIN');
    const result = await work(connection);
    const tag = await send(connection, 'COMMIT');
    // PostgreSQL answers ROLLBACK to the COMMIT of a transaction in which a statement failed.
    if (tag !== 'COMMIT') throw new UmbraError('STORE_REJECTED', 'the transaction had failed before its end');
    return result;
  } catch (error) {
    await connection.query('ROLLBACK').catch((failure: unknown) => {
      lost ??= failure instanceof Error ? failure : new Error('the rollback failed');
    });
    throw error;
  } finally {
    connection.off('error', onLost);
    connection.release(lost);
  }
}

async function send(connection: pg.PoolClient, command: 'BEGIN' | 'COMMIT'): Promise<string> {
  try {
    return (await connection.query(command)).command;
  } catch (error) {
    throw translateStoreError(error);
  }
}
