import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { testServices } from '../services.ts';
import { createDatabase, dropDatabase } from './statements.ts';
import { ensureTemplate, TEST_ONLY, urlOf, withClient, type Migrate } from './template.ts';

/** A database of its own for one test, with the current schema and nothing in it. */
export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** For looking at what the code under test did, and for putting rows there that it finds. */
  readonly client: pg.Client;
  /** Rows of a statement, for assertions. */
  readonly rows: <Row extends object = Record<string, unknown>>(
    text: string,
    values?: unknown[],
  ) => Promise<Row[]>;
  /** From now on `sf_now()` is `ms` later (or earlier) than the host's clock, in every session. */
  readonly shiftClock: (ms: number) => Promise<void>;
}

/**
 * Clones the template, runs `body`, and drops the clone, unless `body` throws: then it stays as evidence and its
 * name is added to the error's message. A connection that `body` leaves open fails the test.
 *
 * ```ts
 * it('…', () => withTestDatabase(migrate, async ({ url, rows }) => { … }));
 * ```
 * @param migrate `migrate` of @umbra/store
 */
export async function withTestDatabase<T>(
  migrate: Migrate,
  body: (database: TestDatabase) => Promise<T>,
): Promise<T> {
  return withDatabase(await ensureTemplate(migrate, TEST_ONLY), body);
}

/**
 * The same with the product's schema and nothing of the tests', for whole programs. Its clock cannot be moved.
 * @param migrate as the product does it
 */
export async function withMigratedDatabase<T>(
  migrate: Migrate,
  body: (database: Omit<TestDatabase, 'shiftClock'>) => Promise<T>,
): Promise<T> {
  return withDatabase(await ensureTemplate(migrate, ''), body);
}

/** The same without any schema, for tests of the migrations themselves. Its clock cannot be moved. */
export function withEmptyDatabase<T>(
  body: (database: Omit<TestDatabase, 'shiftClock'>) => Promise<T>,
): Promise<T> {
  return withDatabase(undefined, body);
}

async function withDatabase<T>(
  template: string | undefined,
  body: (database: TestDatabase) => Promise<T>,
): Promise<T> {
  const name = `umbra_test_${randomBytes(6).toString('hex')}`;
  const { databaseUrl } = testServices();
  await withClient(databaseUrl, (client) => client.query(createDatabase(name, template)));
  try {
    const result = await withClient(urlOf(name), (client) => body(databaseOf(name, client)));
    await dropUnused(databaseUrl, name);
    return result;
  } catch (error) {
    if (error instanceof Error) error.message += `\n\nkept as evidence: database ${name}`;
    throw error;
  }
}

function databaseOf(name: string, client: pg.Client): TestDatabase {
  return {
    name,
    url: urlOf(name),
    client,
    rows: async <Row extends object>(text: string, values?: unknown[]) =>
      (await client.query(text, values)).rows as Row[],
    shiftClock: async (ms) => {
      await client.query('UPDATE sf_test_clock SET shift = make_interval(secs => $1)', [ms / 1000]);
    },
  };
}

/** Names of the sessions that stand in the way, when there are any a moment after their clients said good-bye. */
async function dropUnused(databaseUrl: string, name: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    // PostgreSQL itself waits up to 5 s here for sessions that are just ending.
    await client.query(dropDatabase(name)).catch(async (error: unknown) => {
      const open = await client.query<{ application_name: string; query: string }>(
        'SELECT application_name, query FROM pg_stat_activity WHERE datname = $1',
        [name],
      );
      const sessions = open.rows.map((row) => `${row.application_name}: ${row.query}`).join('; ');
      throw new Error(`the test left connections open (${sessions})`, { cause: error });
    });
  });
}
