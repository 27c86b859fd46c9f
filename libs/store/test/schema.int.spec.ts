import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withEmptyDatabase } from '@umbra/testing';
import { migrate, openStore, writeSnapshot } from '../src/index.ts';
import { listMigrations, migrationsFolder } from '../src/migrations.ts';
import { prismaDrift } from './prisma-drift.ts';

const all = listMigrations().map(({ name }) => name);

/** A copy of the release's migrations that a test may change. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbra-migrations-'));
  cpSync(migrationsFolder(), folder, { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function addMigration(name: string, script: string): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'migration.sql'), script);
}

describe('migrate', () => {
  it('applies every migration once', () =>
    withEmptyDatabase(async ({ url }) => {
      expect(await migrate({ databaseUrl: url })).toEqual(all);
      expect(await migrate({ databaseUrl: url })).toEqual([]);
    }));

  it('lets starters that come at the same time wait for each other', () =>
    withEmptyDatabase(async ({ url }) => {
      const applied = await Promise.all([1, 2, 3].map(() => migrate({ databaseUrl: url })));
      expect(applied.toSorted((one, other) => other.length - one.length)).toEqual([all, [], []]);
    }));

  it('leaves nothing of a migration that fails half-way, and applies it once it is mended', () =>
    withEmptyDatabase(async ({ url, rows }) => {
      await migrate({ databaseUrl: url });
      addMigration('20990101000000_torn', "-- safe; 'quoted'\nCREATE TABLE torn (id int);\nSELECT 1 / 0;\n");
      await expect(migrate({ databaseUrl: url, folder })).rejects.toMatchObject({
        code: 'STORE_MIGRATION_FAILED',
        details: { sqlState: '22012' },
      });
      expect(await rows("SELECT to_regclass('torn') AS torn")).toEqual([{ torn: null }]);
      addMigration('20990101000000_torn', '-- safe\nCREATE TABLE torn (id int);\n');
      expect(await migrate({ databaseUrl: url, folder })).toEqual(['20990101000000_torn']);
    }));

  it('takes every day of a log that was written before days were opened for one in which changes may wait', () =>
    withEmptyDatabase(async ({ url, rows }) => {
      const since = all.indexOf('20261121210000_open_days');
      for (const name of all.slice(since)) rmSync(join(folder, name), { recursive: true });
      await migrate({ databaseUrl: url, folder });
      await rows(`INSERT INTO sf_stream (topic, objects) VALUES ('one', '{Account}'), ('two', '{Product2}')`);
      await rows(`SELECT sf_ensure_partitions((sf_now() AT TIME ZONE 'UTC')::date - 1)`);
      await rows(
        `INSERT INTO sf_change SELECT '1999-12-31', stream_id, 1, 0, 1, 0, 'Account', '001', 'v', 'UPDATE', sf_now(), false
         FROM sf_stream WHERE topic = 'one'`,
      );
      await migrate({ databaseUrl: url });
      const days = await rows(
        `SELECT topic, event_day - (sf_now() AT TIME ZONE 'UTC')::date AS ahead FROM sf_open_day JOIN sf_stream USING (stream_id)
         WHERE event_day > '2000-01-01' ORDER BY topic, event_day`,
      );
      expect(days).toEqual(['one', 'two'].flatMap((topic) => [-1, 0, 1].map((ahead) => ({ topic, ahead }))));
      const strays = await rows(
        `SELECT event_day::text AS day FROM sf_open_day WHERE event_day < '2000-01-01'`,
      );
      expect(strays).toEqual([{ day: '1999-12-31' }]);
    }));

  it('takes a script whole: semicolons inside a function body separate nothing', () =>
    withEmptyDatabase(async ({ url, rows }) => {
      addMigration(
        '20990101000000_body',
        '-- safe\nCREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN 2; END $$;\n',
      );
      await migrate({ databaseUrl: url, folder });
      expect(await rows('SELECT two() AS two')).toEqual([{ two: 2 }]);
    }));

  it('refuses a migration that was edited after it had been applied', () =>
    withEmptyDatabase(async ({ url }) => {
      await migrate({ databaseUrl: url });
      appendFileSync(join(folder, String(all[0]), 'migration.sql'), '-- an afterthought\n');
      await expect(migrate({ databaseUrl: url, folder })).rejects.toMatchObject({
        code: 'STORE_MIGRATION_FAILED',
        details: { migrations: [all[0]] },
      });
    }));

  it('refuses a database that is newer than the release', () =>
    withEmptyDatabase(async ({ url }) => {
      addMigration('20990101000000_future', '-- safe\nCREATE TABLE future (id int);\n');
      await migrate({ databaseUrl: url, folder });
      const newer = { code: 'STORE_SCHEMA_NEWER', details: { migrations: ['20990101000000_future'] } };
      await expect(migrate({ databaseUrl: url })).rejects.toMatchObject(newer);
      await expect(openStore({ databaseUrl: url, applicationName: 'store-test' })).rejects.toMatchObject(
        newer,
      );
    }));
});

describe('openStore', () => {
  it('refuses a database that is older than the release', () =>
    withEmptyDatabase(async ({ url }) => {
      rmSync(join(folder, String(all.at(-1))), { recursive: true });
      await migrate({ databaseUrl: url, folder });
      await expect(openStore({ databaseUrl: url, applicationName: 'store-test' })).rejects.toMatchObject({
        code: 'STORE_SCHEMA_BEHIND',
        details: { migrations: [all.at(-1)] },
      });
    }));

  it('refuses a server below the floor', () =>
    withEmptyDatabase(async ({ url }) => {
      const tooOld = { code: 'STORE_TOO_OLD', details: { required: 99 } };
      await expect(migrate({ databaseUrl: url, floor: 99 })).rejects.toMatchObject(tooOld);
      await expect(
        openStore({ databaseUrl: url, applicationName: 'store-test', floor: 99 }),
      ).rejects.toMatchObject(tooOld);
    }));

  it.each([
    ['a wrong password', 'STORE_CREDENTIALS_REFUSED', (url: URL) => (url.password = 'wrong')],
    ['a database that does not exist', 'STORE_DATABASE_MISSING', (url: URL) => (url.pathname = '/nowhere')],
    ['a port where nobody listens', 'STORE_UNAVAILABLE', (url: URL) => (url.port = '1')],
  ])('says what is wrong with %s', (_, code, spoil) =>
    withEmptyDatabase(async ({ url }) => {
      const spoilt = new URL(url);
      spoil(spoilt);
      const databaseUrl = spoilt.href;
      await expect(openStore({ databaseUrl, applicationName: 'store-test' })).rejects.toMatchObject({ code });
      await expect(migrate({ databaseUrl })).rejects.toMatchObject({ code });
    }),
  );
});

describe('the schema', () => {
  it('is what prisma/snapshot.sql shows', () =>
    withEmptyDatabase(async ({ url }) => {
      await migrate({ databaseUrl: url });
      const shown = readFileSync(join(migrationsFolder(), '..', 'snapshot.sql'), 'utf8');
      expect(await writeSnapshot(url)).toBe(shown);
    }));

  it('is what the Prisma models describe', () =>
    withEmptyDatabase(async ({ url, client }) => {
      await migrate({ databaseUrl: url });
      expect(await prismaDrift(url)).toBeUndefined();
      await client.query('ALTER TABLE sf_org ADD COLUMN forgotten text');
      expect(await prismaDrift(url)).toContain('DROP COLUMN "forgotten"');
    }));

  it('has a verdict in the first line of each migration', () => {
    for (const { script } of listMigrations()) {
      expect(script.split('\n', 1)[0]).toMatch(/^-- (safe|breaking: worker first, then bff)$/);
    }
  });
});
