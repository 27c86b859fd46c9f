import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createLogger,
  createShutdown,
  generateApiKey,
  hashApiKey,
  systemClock,
  type Shutdown,
} from '@umbra/platform';
import { RedisServices } from '@umbra/redis';
import { migrate } from '@umbra/store';
import {
  FaultProxy,
  openTestRedis,
  startOwnRedis,
  startSimulatedOrg,
  withEmptyDatabase,
  withTestDatabase,
  type SimulatedOrg,
  type TestDatabase,
  type TestRedis,
} from '@umbra/testing';
import supertest, { type Test } from 'supertest';
import { workerSettings } from '../src/settings.ts';
import { startWorker } from '../src/start-worker.ts';

const fieldMapFile = join(import.meta.dirname, '../../../config/field-map.yaml');
const folder = mkdtempSync(join(tmpdir(), 'umbra-worker-'));
const key = generateApiKey();
let org: SimulatedOrg;
let redis: TestRedis;
beforeAll(async () => {
  writeFileSync(join(folder, 'keys'), `${hashApiKey(key)} operator test\n`, { mode: 0o600 });
  [org, redis] = await Promise.all([startSimulatedOrg(), openTestRedis()]);
});
afterAll(async () => {
  await Promise.all([org.close(), redis.close()]);
  rmSync(folder, { recursive: true });
});

const envFor = ({ url }: Pick<TestDatabase, 'url'>): Record<string, string> => ({
  DATABASE_URL: url,
  REDIS_URL: redis.url,
  SF_FIELD_MAP_FILE: fieldMapFile,
  AUTH_KEYS_FILE: join(folder, 'keys'),
  ...org.env,
});

interface Running {
  readonly get: (path: string) => Test;
  /** Settles once jobs are taken. */
  readonly working: Promise<void>;
  readonly services: RedisServices;
  readonly shutdown: Shutdown;
  readonly lines: readonly string[];
}

async function withWorker<T>(
  values: Record<string, string>,
  body: (worker: Running) => Promise<T>,
): Promise<T> {
  await redis.redis.flushdb();
  const lines: string[] = [];
  const { log, pino } = createLogger({
    service: 'worker',
    level: 'info',
    sink: { write: (line) => lines.push(line) },
  });
  const shutdown = createShutdown({ log });
  const services = new RedisServices({ url: values['REDIS_URL'] ?? redis.url, clock: systemClock, log });
  try {
    const { env: settings } = workerSettings({ values, problems: [] });
    const { app, working } = await startWorker({ settings, clock: systemClock, log, pino, shutdown });
    const http = supertest(app.server);
    const get = (path: string): Test => http.get(path).set('authorization', `Bearer ${key}`);
    return await body({ get, working, services, shutdown, lines });
  } finally {
    await shutdown.stop('end of test');
    await services.close();
  }
}

/** Asks again until it is so; each question is a round trip, so this does not spin. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(setImmediate);
}

async function idsOf(object: string): Promise<readonly string[]> {
  const response = await fetch(`${org.controlUrl}/truth/${object}`);
  const lines = (await response.text()).trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { Id: string }).Id);
}

describe('the worker', () => {
  it('reads the records that it is asked to, and merges them', () =>
    withTestDatabase(migrate, ({ url, rows }) =>
      withWorker({ ...envFor({ url }), ENABLE_SF_NIGHTLY_DELTA: 'false' }, async ({ working, services }) => {
        const ids = (await idsOf('Product2')).slice(0, 3);
        await services.queue.add('refresh-record', { object: 'Product2', ids: [...ids] });
        await working;
        await until(
          async () =>
            (
              await rows<{ n: number }>(
                `SELECT (SELECT count(*) FROM sf_product_shadow)::int
                      + (SELECT count(*) FROM sf_shadow_aside)::int AS n`,
              )
            )[0]?.n === ids.length,
        );
        await until(async () => (await services.health.snapshot()).active === 0);
        // What is delayed are the schedules of the night.
        expect(await services.health.snapshot()).toMatchObject({ waiting: 0, failed: 0 });
      }),
    ));

  it('serves health and metrics and nothing else', () =>
    withTestDatabase(migrate, ({ url }) =>
      withWorker(envFor({ url }), async ({ get, working }) => {
        await working;
        await get('/health/live').expect(200);
        const isOk = async () => ((await get('/health/ready')).body as { status: string }).status === 'ok';
        await until(isOk);
        expect((await get('/health/ready').expect(200)).body).toMatchObject({
          status: 'ok',
          info: { process: { parts: { postgres: 'up', redis: 'up', consumers: 'up' } } },
        });
        const { text } = await get('/metrics').expect(200);
        expect(text).toContain('sf_api_requests_total{route="token",outcome="success",service="worker"} 1');
        expect(text).not.toContain('"other"');
        await get('/health/queues').expect(200);
        for (const path of ['/', '/health', '/docs', '/api/catalog/sim/plans']) await get(path).expect(404);
        for (const path of ['/metrics', '/health/queues'])
          await get(path).set('authorization', '').expect(401);
      }),
    ));

  it('takes no job before it could compare its configuration with the org, and then does', () =>
    withTestDatabase(migrate, async ({ url, rows }) => {
      const { hostname, port } = new URL(org.url);
      const proxy = await FaultProxy.start({ host: hostname, port: Number(port) });
      proxy.set({ kind: 'down' });
      try {
        const env = { ...envFor({ url }), SF_LOGIN_URL: new URL(proxy.through(org.url)).origin };
        await withWorker(env, async ({ get, working, services, lines }) => {
          const [id = ''] = await idsOf('Account');
          await services.queue.add('refresh-record', { object: 'Account', ids: [id] });
          expect((await get('/health/ready').expect(200)).body).toMatchObject({
            status: 'degraded',
            info: { process: { parts: { postgres: 'up', consumers: 'down' } } },
          });
          expect(await services.health.snapshot()).toMatchObject({ waiting: 1, active: 0 });
          expect(lines.join('')).toContain('"check":"salesforce"');
          proxy.set({ kind: 'pass' });
          await working;
          await until(async () => (await rows('SELECT 1 FROM sf_account_eligibility_shadow')).length === 1);
        });
      } finally {
        await proxy.close();
      }
    }));

  it('projects every record anew when the field map has changed, without reading records', () =>
    withTestDatabase(migrate, async ({ url, rows }) => {
      const tiers = async (): Promise<unknown[]> =>
        rows('SELECT product_id, plan_tier AS shown FROM sf_product_shadow ORDER BY 1');
      const offerings = async (): Promise<unknown[]> =>
        rows('SELECT product_id, offering_type AS shown FROM sf_product_shadow ORDER BY 1');
      const ids = [...(await idsOf('Product2'))];
      await withWorker(envFor({ url }), async ({ working, services }) => {
        await working;
        await services.queue.add('refresh-record', { object: 'Product2', ids });
        await until(async () => (await tiers()).length > 10);
        await until(async () => (await services.health.snapshot()).active === 0);
      });
      const before = { tiers: await tiers(), offerings: await offerings() };
      expect(before.tiers).not.toEqual(before.offerings);
      const swapped = join(folder, 'swapped.yaml');
      writeFileSync(
        swapped,
        readFileSync(fieldMapFile, 'utf8')
          .replace('offering_type: Internet_Offering_Type__c', 'offering_type: Internet_Plan_Tier__c')
          .replace('plan_tier: Internet_Plan_Tier__c', 'plan_tier: Internet_Offering_Type__c'),
      );
      await withWorker(
        { ...envFor({ url }), SF_FIELD_MAP_FILE: swapped },
        async ({ working, get, lines }) => {
          await working;
          expect(lines.join('')).toContain('"message":"projected anew"');
          const { text } = await get('/metrics');
          expect(text).not.toMatch(/sf_api_requests_total\{route="bulk/);
        },
      );
      expect({ tiers: await offerings(), offerings: await tiers() }).toEqual(before);
    }));

  it('ends gracefully: running jobs go back, nothing stays open', () =>
    withTestDatabase(migrate, ({ url }) =>
      withWorker(envFor({ url }), async ({ working, shutdown, lines }) => {
        await working;
        await shutdown.stop('SIGTERM');
        const messages = lines.map((line) => (JSON.parse(line) as { message: string }).message);
        const ending = messages.slice(messages.indexOf('stopping'));
        expect(ending.filter((message) => message !== 'subscriber moved')).toEqual(['stopping', 'stopped']);
      }),
    ));
});

describe('a worker that meets another org', () => {
  it('declares every object incomplete, and remembers whom it mirrors from now on', () =>
    withTestDatabase(migrate, async (database) => {
      await database.rows(
        `INSERT INTO sf_org (singleton, org_id, instance, is_multi_currency) VALUES (true, '00DX', 'X', true)`,
      );
      await withWorker({ ...envFor(database), ENABLE_SF_EVENT_CONSUMER: 'false' }, async ({ working }) => {
        await working;
        const holes = await database.rows<{ object: string }>(
          `SELECT object FROM sf_hole WHERE cause = 'epoch-raised' AND scope = 'object' ORDER BY object`,
        );
        expect(holes.map(({ object }) => object)).toEqual(['Account', 'PricebookEntry', 'Product2']);
        expect(await database.rows(`SELECT 1 FROM sf_org WHERE org_id <> '00DX'`)).toHaveLength(1);
      });
    }));
});

describe('the worker refuses to start', () => {
  const refused = async (env: Record<string, string>): Promise<unknown> => {
    try {
      await withWorker(env, () => Promise.resolve());
      return 'started';
    } catch (error) {
      return (error as { code: unknown }).code;
    }
  };

  it('on what is wrong for good', () =>
    withTestDatabase(migrate, async (database) => {
      const env = envFor(database);
      const map = join(folder, 'wrong.yaml');
      writeFileSync(map, readFileSync(fieldMapFile, 'utf8').replace('VPN_Region__c', 'VPN_Regio__c'));
      expect(await refused({ ...env, SF_FIELD_MAP_FILE: map })).toBe('SF_FIELD_MISSING');
      const { SF_PRIVATE_KEY_FILE: _key, SF_USERNAME: _user, ...rest } = env;
      expect(await refused({ ...rest, SF_CLIENT_SECRET: 'wrong' })).toBe('SF_CREDENTIALS_REFUSED');
      const topic = { SF_CDC_TOPICS: '/data/ContactChangeEvent' };
      expect(await refused({ ...env, ...topic })).toBe('INPUT_CONFIGURATION');
      const open = { SF_PUBSUB_ENDPOINT: 'api.pubsub.salesforce.com:7443', SF_PUBSUB_INSECURE: 'true' };
      expect(await refused({ ...env, ...open })).toBe('INPUT_CONFIGURATION');
      const evicting = await startOwnRedis({ 'maxmemory-policy': 'allkeys-lfu' });
      expect(await refused({ ...env, REDIS_URL: evicting.url })).toBe('QUEUE_EVICTION_POLICY');
      await evicting.close();
    }));

  it('on a database without its schema', () =>
    withEmptyDatabase(async (database) => {
      expect(await refused(envFor(database))).toBe('STORE_SCHEMA_BEHIND');
    }));
});
