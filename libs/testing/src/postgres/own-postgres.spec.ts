import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startOwnPostgres, type OwnPostgres } from './own-postgres.ts';

let postgres: OwnPostgres;
beforeAll(async () => {
  postgres = await startOwnPostgres();
  await postgres.rows('CREATE TABLE kept (n int)');
});
afterAll(() => postgres.close());

describe('a PostgreSQL of its own', () => {
  it.each(['fast', 'immediate', 'kill'] as const)(
    'stopped by %s, keeps what it acknowledged',
    async (how) => {
      await postgres.rows('INSERT INTO kept VALUES ($1)', [1]);
      const before = await postgres.rows('SELECT count(*)::int AS n FROM kept');
      await postgres.stop(how);
      await expect(postgres.rows('SELECT 1')).rejects.toThrow();
      await postgres.start();
      expect(await postgres.rows('SELECT count(*)::int AS n FROM kept')).toEqual(before);
    },
  );

  it('goes back to the instant of its copy', async () => {
    await postgres.rows('INSERT INTO kept VALUES (2)');
    await postgres.keepCopy();
    await postgres.rows('INSERT INTO kept VALUES (3)');
    await postgres.startFromCopy();
    expect(await postgres.rows('SELECT n FROM kept WHERE n > 1')).toEqual([{ n: 2 }]);
  });
});
