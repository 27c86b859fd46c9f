import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { testServices } from '../services.ts';
import { removeDatabase } from './statements.ts';
import { withClient } from './template.ts';
import { withEmptyDatabase, type TestDatabase } from './test-database.ts';

async function exists(name: string): Promise<boolean> {
  return withClient(testServices().databaseUrl, async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    return found.rowCount === 1;
  });
}

async function drop(name: string): Promise<void> {
  await withClient(testServices().databaseUrl, (client) => client.query(removeDatabase(name)));
}

describe('a test database', () => {
  it('is empty, its own, and gone afterwards', async () => {
    const names = await Promise.all(
      [1, 2].map((n) =>
        withEmptyDatabase(async ({ name, rows }) => {
          await rows('CREATE TABLE mine AS SELECT $1::int AS n', [n]);
          expect(await rows('SELECT n FROM mine')).toEqual([{ n }]);
          return name;
        }),
      ),
    );
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(await exists(name)).toBe(false);
  });

  it('stays as evidence when the test fails, and says where', async () => {
    let kept = '';
    const failing = withEmptyDatabase(async ({ name }: Pick<TestDatabase, 'name'>) => {
      kept = name;
      throw new Error('1 is not 2');
    });
    await expect(failing).rejects.toThrow(
      /^1 is not 2\n\nkept as evidence: database umbra_test_[0-9a-f]{12}$/,
    );
    expect(await exists(kept)).toBe(true);
    await drop(kept);
  });

  it('fails a test that leaves a connection open', async () => {
    let forgotten: pg.Client | undefined;
    let kept = '';
    const leaking = withEmptyDatabase(async ({ name, url }) => {
      kept = name;
      forgotten = new pg.Client({ connectionString: url, application_name: 'forgotten' });
      forgotten.on('error', () => undefined);
      await forgotten.connect();
    });
    await expect(leaking).rejects.toThrow(/left connections open \(forgotten: /);
    await forgotten?.end();
    await drop(kept);
  });
});
