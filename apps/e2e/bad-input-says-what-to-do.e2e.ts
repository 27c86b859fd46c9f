import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { freePort, startOwnRedis } from '@umbra/testing/servers';
import { Reader } from './harness/reader.ts';
import { sharedWorld } from './harness/shared-world.ts';
import { startSimulator } from './harness/simulator.ts';

/**
 * Each wrong input ends with the exit code or the problem document of the contract and says what to do, and leaves
 * nothing half-written. That PostgreSQL is too old needs a floor above the running server, which no environment
 * can ask for: `libs/store/test/schema.int.spec.ts` and `apps/bff/test/backfill.int.spec.ts` hold that promise.
 */
const world = sharedWorld(() => Promise.resolve());
const folder = mkdtempSync(join(tmpdir(), 'umbra-bad-input-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return path;
}

const mirrorTables = [
  'sf_product_shadow',
  'sf_pricebook_shadow',
  'sf_account_eligibility_shadow',
  'sf_shadow_aside',
  'sf_backfill_run',
  'sf_backfill_slice',
  'sf_coverage',
  'sf_org',
] as const;

async function expectNothingWritten(): Promise<void> {
  for (const table of mirrorTables)
    expect([table, await world().database.rows(`select 1 from ${table} limit 1`)]).toEqual([table, []]);
}

type Env = Record<string, string>;
const fieldMap = (): string => readFileSync('config/field-map.yaml', 'utf8');

interface BadInput {
  readonly args?: readonly string[];
  readonly env?: () => Env | Promise<Env>;
  readonly code: number;
  readonly says: readonly RegExp[];
}

const jwt = (keyFile: string): Env => ({ SF_USERNAME: 'someone@e2e.test', SF_PRIVATE_KEY_FILE: keyFile });

/** What the backfill refuses. The worker and the BFF read the same variables; their own cases stand below. */
const refused: Readonly<Record<string, BadInput>> = {
  'an object that is not mirrored': {
    args: ['--objects', 'Product2,Contact'],
    code: 64,
    says: [/Contact/, /mirrored are Product2, PricebookEntry, Account/],
  },
  'a flag that does not exist': { args: ['--everything'], code: 64, says: [/unknown option '--everything'/] },
  'a time that is none': {
    args: ['--since', 'yesterday'],
    code: 64,
    says: [/--since needs an ISO 8601 time/],
  },
  'nothing to resume': { args: ['--resume'], code: 64, says: [/without --resume/] },
  'a key file that is not there': {
    env: () => jwt(join(folder, 'none.pem')),
    code: 78,
    says: [/SF_PRIVATE_KEY_FILE/, /none\.pem/],
  },
  'a key file that others may read': {
    env: () => jwt(file('open.pem', 'canary', 0o644)),
    code: 78,
    says: [/SF_PRIVATE_KEY_FILE/, /chmod 600/],
  },
  'a key file without a key': {
    env: () => jwt(file('no-key.pem', 'canary')),
    code: 78,
    says: [/SF_PRIVATE_KEY/],
  },
  'a wrong secret': {
    env: () => ({ SF_CLIENT_SECRET: 'canary' }),
    code: 77,
    says: [/SF_CREDENTIALS_REFUSED/, /SF_CLIENT_SECRET/],
  },
  'a Salesforce that is not there': {
    env: async () => ({ SF_LOGIN_URL: `http://127.0.0.1:${await freePort()}` }),
    code: 69,
    says: [/SF_UNAVAILABLE/],
  },
  'a login URL that is no Salesforce': {
    env: () => ({ SF_LOGIN_URL: 'https://salesforce.com.evil.test' }),
    code: 78,
    says: [/SF_LOGIN_URL|SF_URL_REFUSED/],
  },
  'a PostgreSQL that is not there': {
    env: async () => ({ DATABASE_URL: `postgresql://u:canary@127.0.0.1:${await freePort()}/x` }),
    code: 69,
    says: [/STORE_UNAVAILABLE/, /PostgreSQL does not answer/],
  },
  'a Redis that is not there': {
    env: async () => ({ REDIS_URL: `redis://:canary@127.0.0.1:${await freePort()}` }),
    code: 69,
    says: [/QUEUE_UNAVAILABLE/, /Redis/],
  },
  'a field map that names a field which the org lacks': {
    env: () => ({
      SF_FIELD_MAP_FILE: file('lacks.yaml', fieldMap().replace('VPN_Region__c', 'VPN_Regoin__c')),
    }),
    code: 78,
    says: [/SF_FIELD_MISSING/, /VPN_Regoin__c/, /VPN_Region__c/],
  },
  'a field map that is none': {
    env: () => ({ SF_FIELD_MAP_FILE: file('none.yaml', 'Product2: [sku') }),
    code: 78,
    says: [/none\.yaml:1/, /YAML/],
  },
  'variables that cannot be read, all at once': {
    env: () => ({ SF_API_VERSION: 'latest', SF_API_DAILY_SHARE_PERCENT: 'all', DATABASE_URL: 'mysql://x' }),
    code: 78,
    says: [/- SF_API_VERSION /, /- SF_API_DAILY_SHARE_PERCENT /, /- DATABASE_URL /],
  },
};

afterEach(expectNothingWritten);

describe('the backfill refuses', () => {
  it.each(Object.entries(refused))('%s', async (_name, { args = [], env = () => ({}), code, says }) => {
    const run = await world().backfill(args, await Promise.resolve(env()));
    expect(run).toMatchObject({ code });
    for (const phrase of says) expect(run.output).toMatch(phrase);
    expect(run.output).not.toMatch(/canary|\n\s+at /);
  });

  it('an org with a single currency while SF_DEFAULT_CURRENCY is not set', async () => {
    const single = await startSimulator(['--single-currency']);
    try {
      const run = await world().backfill([], single.env);
      expect(run).toMatchObject({ code: 78, output: expect.stringContaining('SF_DEFAULT_CURRENCY') });
    } finally {
      await single.close();
    }
  });
});

describe('every program refuses', () => {
  it('a Redis that may drop jobs', async () => {
    const evicting = await startOwnRedis({ 'maxmemory-policy': 'allkeys-lru' });
    try {
      const env = { REDIS_URL: evicting.url };
      const runs = {
        backfill: await world().backfill([], env),
        'ops cache clear': await world().ops(['cache', 'clear'], env),
        bff: await world().run('bff', { ...env, BFF_PORT: '0' }),
        worker: await world().run('worker', { ...env, WORKER_PORT: '0' }),
      };
      for (const [name, { code, output }] of Object.entries(runs))
        expect([name, code, output]).toEqual([
          name,
          78,
          expect.stringMatching(/maxmemory-policy to noeviction/),
        ]);
    } finally {
      await evicting.close();
    }
  });

  it('a field map that names a field which the org lacks: the worker and the BFF too', async () => {
    const map = file('unfit.yaml', fieldMap().replace('Item_Class__c', 'Item_Klass__c'));
    const ports = { WORKER_PORT: '0', BFF_PORT: '0' };
    for (const name of ['worker', 'bff'] as const) {
      const run = await world().run(name, { SF_FIELD_MAP_FILE: map, ...ports });
      expect(run).toMatchObject({
        code: 78,
        output: expect.stringMatching(/Item_Klass__c[^]*Item_Class__c/),
      });
    }
  });

  it.each(['bff', 'worker'] as const)('a port that was set and is taken: %s', async (name) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    try {
      const variable = `${name.toUpperCase()}_PORT`;
      const { port } = taken.address() as AddressInfo;
      const run = await world().run(name, { [variable]: String(port) });
      expect(run).toMatchObject({
        code: 69,
        output: expect.stringMatching(new RegExp(`${port} \\(${variable}\\) is taken`)),
      });
    } finally {
      taken.close();
      // A worker that has compared its configuration with the org remembers which org that was.
      await world().database.rows('truncate sf_org');
    }
  });
});

describe('the API refuses', () => {
  it('what it does not understand, naming every problem', async () => {
    const app = await world().startBff();
    const reader = new Reader(app, world().key);
    const id = 'accountId: is no account id (15 or 18 characters, beginning with 001)';
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ['/api/eligibility/12345', [id]],
      ['/api/catalog/internet/plans?accountId=00Q000000000001', [id]],
      [
        '/api/catalog/internet/plans?accountId=x&currency=euro',
        [id, 'currency: needs an ISO 4217 code like EUR'],
      ],
      ['/api/catalog/sim/plans?curency=EUR', ['curency: is not known here']],
      [
        `/api/catalog/prices?skus=${Array.from({ length: 201 }, (_, at) => `S${at}`).join(',')}`,
        ['skus: takes at most 200 SKUs'],
      ],
    ];
    for (const [path, problems] of cases) {
      const { status, problem, headers } = await reader.get(path);
      expect([path, status, problem.code, problem.problems]).toEqual([path, 400, 'INPUT_INVALID', problems]);
      expect(headers.get('content-type')).toContain('application/problem+json');
    }
    expect((await reader.quote({ lines: [{ sku: '', quantity: 0, price: 1 }] })).problem).toMatchObject({
      status: 400,
      problems: expect.arrayContaining(['lines[0].sku: is empty', 'lines[0].price: is not known here']),
    });
    expect((await reader.get('/api/catalogue')).problem).toMatchObject({
      status: 404,
      code: 'INPUT_ROUTE_UNKNOWN',
    });
    const nobody = new Reader(app, 'umbra_wrong');
    expect((await nobody.get('/api/catalog/sim/plans')).problem).toMatchObject({
      status: 401,
      code: 'INPUT_CREDENTIALS_MISSING',
    });
    const { text } = await reader.get('/health/queues');
    expect(JSON.parse(text)).toMatchObject({
      salesforce: { ownDailyCalls: 0 },
      SF_SHADOW_SYNC: { waiting: 0, active: 0, delayed: 0, failed: 0 },
    });
  });
});
