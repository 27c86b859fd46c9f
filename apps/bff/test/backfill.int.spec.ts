import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '@umbra/store';
import {
  insertProduct2,
  openTestRedis,
  startOwnRedis,
  withEmptyDatabase,
  withTestDatabase,
  type TestDatabase,
  type TestRedis,
  startSimulatedOrg,
  type SimulatedOrg,
} from '@umbra/testing';
import { runBackfillCommand } from './run-backfill.ts';

const fieldMapFile = join(import.meta.dirname, '../../../config/field-map.yaml');
const folder = mkdtempSync(join(tmpdir(), 'umbra-backfill-'));
let org: SimulatedOrg;
let redis: TestRedis;
beforeAll(async () => {
  [org, redis] = await Promise.all([startSimulatedOrg(), openTestRedis()]);
});
afterAll(async () => {
  await Promise.all([org.close(), redis.close()]);
  rmSync(folder, { recursive: true });
});

const envFor = (database: Pick<TestDatabase, 'url'>): Record<string, string> => ({
  DATABASE_URL: database.url,
  REDIS_URL: redis.url,
  SF_FIELD_MAP_FILE: fieldMapFile,
  ...org.env,
});

const counts = async ({ rows }: Pick<TestDatabase, 'rows'>): Promise<unknown> =>
  (
    await rows(`SELECT (SELECT count(*)::int FROM sf_product_shadow) AS products,
      (SELECT count(*)::int FROM sf_pricebook_shadow) AS prices,
      (SELECT count(*)::int FROM sf_account_eligibility_shadow) AS accounts,
      (SELECT count(*)::int FROM sf_shadow_aside) AS aside,
      (SELECT count(*)::int FROM sf_backfill_run) AS runs`)
  )[0];
const nothing = { products: 0, prices: 0, accounts: 0, aside: 0, runs: 0 };

describe('salesforce-backfill-shadow', () => {
  it('fills the tables, prints what waits aside, and proves itself', () =>
    withTestDatabase(migrate, async (database) => {
      const env = envFor(database);
      const plan = await runBackfillCommand(['--dry-run'], env);
      expect(plan.code).toBe(0);
      expect(plan.stdout).toContain('nothing was changed');
      expect(await counts(database)).toEqual(nothing);

      const run = await runBackfillCommand(['--verify'], env);
      expect(run.code).toBe(0);
      expect(run.stdout).toMatch(/Product2 verified: \d+ rows compared, no difference/);
      expect(run.stdout).toMatch(/Product2 01t\w+ sku_taken, SKU \S+/);
      expect(run.stderr).toMatch(/Account complete: [\d,]+ of [\d,]+ rows/);
      const filled = await counts(database);
      expect(filled).toMatchObject({ runs: 1 });

      const again = await runBackfillCommand(['--json', '--objects', 'Account,Product2'], env);
      expect(again.json()).toMatchObject({
        outcome: 'complete',
        objects: [{ object: 'Product2' }, { object: 'Account' }],
      });
      expect(await counts(database)).toEqual({ ...(filled as object), runs: 2 });
      const resume = await runBackfillCommand(['--resume'], env);
      expect([resume.code, resume.stderr]).toEqual([64, expect.stringContaining('without --resume')]);
    }));

  it('says so when the tables differ from Salesforce: 65', () =>
    withTestDatabase(migrate, async (database) => {
      const env = envFor(database);
      await runBackfillCommand(['--objects', 'Product2'], env);
      await insertProduct2(database.client);
      const run = await runBackfillCommand(['--objects', 'Product2', '--verify'], env);
      expect(run.code).toBe(65);
      expect(run.stdout).toMatch(/Product2 verified: \d+ rows compared, 1 different/);
    }));

  it('stops when told, keeps what has landed, and continues: 75, then 0', () =>
    withTestDatabase(migrate, async (database) => {
      const env = envFor(database);
      const stopped = await runBackfillCommand([], env, { signal: AbortSignal.abort() });
      expect(stopped.code).toBe(75);
      expect(stopped.stdout).toContain('--resume');
      expect((await runBackfillCommand(['--resume'], env)).code).toBe(0);
      expect(await counts(database)).toMatchObject({ runs: 1 });
    }));

  it('does not mix two orgs in one database: 78', () =>
    withTestDatabase(migrate, async (database) => {
      await database.client.query(
        `INSERT INTO sf_org (singleton, org_id, instance, is_multi_currency, seen_at)
         VALUES (true, '00D000000000009EAA', 'X', true, now())`,
      );
      const run = await runBackfillCommand([], envFor(database));
      expect(run.code).toBe(78);
      expect(run.stderr).toContain('00D000000000009EAA');
      expect(await counts(database)).toEqual(nothing);
    }));
});

describe('bad input is told before anything is written', () => {
  const cases: readonly [
    string,
    number,
    RegExp,
    { words?: string[]; env?: (env: Record<string, string>) => Record<string, string>; floor?: number },
  ][] = [
    [
      'unknown object',
      64,
      /not mirrored: Contact; mirrored are Product2/,
      { words: ['--objects', 'Contact'] },
    ],
    ['no time', 64, /--since needs an ISO 8601 time/, { words: ['--since', 'yesterday'] }],
    ['a time to come', 64, /--since needs/, { words: ['--since', '2999-01-01T00:00:00Z'] }],
    ['resume with objects', 64, /--resume continues/, { words: ['--resume', '--objects', 'Account'] }],
    ['unknown flag', 64, /unknown option '--all'/, { words: ['--all'] }],
    ['PostgreSQL too old', 69, /PostgreSQL \d+ is older than 99/, { floor: 99 }],
    [
      'PostgreSQL away',
      69,
      /STORE_UNAVAILABLE/,
      { env: (env) => ({ ...env, DATABASE_URL: 'postgresql://u:p@127.0.0.1:1/x' }) },
    ],
    ['Redis away', 69, /QUEUE_UNAVAILABLE/, { env: (env) => ({ ...env, REDIS_URL: 'redis://127.0.0.1:1' }) }],
    [
      'Salesforce away',
      69,
      /SF_UNAVAILABLE/,
      { env: (env) => ({ ...env, SF_LOGIN_URL: 'http://127.0.0.1:1' }) },
    ],
    [
      'wrong secret',
      77,
      /SF_CREDENTIALS_REFUSED/,
      {
        env: ({ SF_PRIVATE_KEY_FILE: _key, SF_USERNAME: _user, ...env }) => ({
          ...env,
          SF_CLIENT_SECRET: 'canary-secret',
        }),
      },
    ],
    [
      'key file open to others',
      78,
      /chmod 600/,
      {
        env: (env) => {
          const path = join(folder, 'open.pem');
          writeFileSync(path, readFileSync(env['SF_PRIVATE_KEY_FILE'] ?? ''));
          chmodSync(path, 0o644);
          return { ...env, SF_PRIVATE_KEY_FILE: path };
        },
      },
    ],
    [
      'field that the org lacks',
      78,
      /SF_FIELD_MISSING[^]*Item_Klass__c[^]*Item_Class__c/,
      {
        env: (env) => {
          const path = join(folder, 'map.yaml');
          writeFileSync(path, readFileSync(fieldMapFile, 'utf8').replace('Item_Class__c', 'Item_Klass__c'));
          return { ...env, SF_FIELD_MAP_FILE: path };
        },
      },
    ],
    [
      'no field map',
      78,
      /SF_FIELD_MAP_FILE \/nowhere cannot be read/,
      { env: (env) => ({ ...env, SF_FIELD_MAP_FILE: '/nowhere' }) },
    ],
  ];
  it.each(cases)('%s: %i', (_name, code, phrase, { words = [], env = (same) => same, floor }) =>
    withTestDatabase(migrate, async (database) => {
      const run = await runBackfillCommand(
        words,
        env(envFor(database)),
        floor === undefined ? {} : { postgresFloor: floor },
      );
      expect([run.code, run.stderr]).toEqual([code, expect.stringMatching(phrase)]);
      expect(run.stdout + run.stderr).not.toContain('canary');
      expect(await counts(database)).toEqual(nothing);
      expect(await database.rows('SELECT 1 FROM sf_org')).toHaveLength(0);
    }),
  );

  it('Redis that evicts: 78', () =>
    withTestDatabase(migrate, async (database) => {
      const evicting = await startOwnRedis({ 'maxmemory-policy': 'allkeys-lru' });
      try {
        const run = await runBackfillCommand([], { ...envFor(database), REDIS_URL: evicting.url });
        expect([run.code, run.stderr]).toEqual([78, expect.stringContaining('noeviction')]);
        expect(await counts(database)).toEqual(nothing);
      } finally {
        await evicting.close();
      }
    }));

  it('a database without tables: 78, and how to get them', () =>
    withEmptyDatabase(async (database) => {
      const run = await runBackfillCommand([], envFor(database));
      expect([run.code, run.stderr]).toEqual([78, expect.stringContaining('STORE_SCHEMA_BEHIND')]);
    }));

  it('an org with a single currency needs SF_DEFAULT_CURRENCY: 78, and with it 0', async () => {
    const single = await startSimulatedOrg('--single-currency');
    try {
      await withTestDatabase(migrate, async (database) => {
        const env = { ...envFor(database), ...single.env };
        const refused = await runBackfillCommand([], env);
        expect([refused.code, refused.stderr]).toEqual([78, expect.stringContaining('SF_DEFAULT_CURRENCY')]);
        expect(await counts(database)).toEqual(nothing);
        expect((await runBackfillCommand([], { ...env, SF_DEFAULT_CURRENCY: 'EUR' })).code).toBe(0);
        expect(
          await database.rows('SELECT DISTINCT currency_iso_code AS c FROM sf_pricebook_shadow'),
        ).toEqual([{ c: 'EUR' }]);
      });
    } finally {
      await single.close();
    }
  });
});
