import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
import { bffSettings } from '../src/settings.ts';
import { startBff } from '../src/start-bff.ts';
import { runBackfillCommand } from './run-backfill.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-bff-'));
const key = generateApiKey();
let org: SimulatedOrg;
let redis: TestRedis;
beforeAll(async () => {
  writeFileSync(join(folder, 'keys'), `${hashApiKey(key)} read,operator test\n`, { mode: 0o600 });
  [org, redis] = await Promise.all([startSimulatedOrg(), openTestRedis()]);
});
afterAll(async () => {
  await Promise.all([org.close(), redis.close()]);
  rmSync(folder, { recursive: true });
});

const envFor = ({ url }: Pick<TestDatabase, 'url'>): Record<string, string> => ({
  DATABASE_URL: url,
  REDIS_URL: redis.url,
  SF_FIELD_MAP_FILE: join(import.meta.dirname, '../../../config/field-map.yaml'),
  AUTH_KEYS_FILE: join(folder, 'keys'),
  ...org.env,
});

interface Running {
  readonly get: (path: string) => Test;
  readonly post: (path: string, body: object) => Test;
  readonly shutdown: Shutdown;
  readonly lines: readonly string[];
}

/** A BFF over these services for as long as `body` runs. Each test starts with an empty cache. */
async function withBff<T>(values: Record<string, string>, body: (bff: Running) => Promise<T>): Promise<T> {
  await redis.redis.flushdb();
  const lines: string[] = [];
  const { log, pino } = createLogger({
    service: 'bff',
    level: 'info',
    sink: { write: (line) => lines.push(line) },
  });
  const shutdown = createShutdown({ log });
  try {
    const { env: settings } = bffSettings({ values, problems: [] });
    const { app } = await startBff({ settings, clock: systemClock, log, pino, shutdown });
    const http = supertest(app.server);
    const authorization = `Bearer ${key}`;
    return await body({
      get: (path) => http.get(path).set({ authorization }),
      post: (path, content) => http.post(path).set({ authorization }).send(content),
      shutdown,
      lines,
    });
  } finally {
    await shutdown.stop('end of test');
  }
}

const sourceOf = ({ body }: { body: unknown }): unknown =>
  (body as { meta: { source: unknown } }).meta.source;
const readyOf = async (bff: Running): Promise<[number, unknown]> => {
  const answer = await bff.get('/health/ready');
  return [answer.status, (answer.body as { status: unknown }).status];
};

describe('the BFF on real services', () => {
  it('answers every route from the shadow that a backfill filled, then from the cache', () =>
    withTestDatabase(migrate, async (database) => {
      const env = { ...envFor(database), SF_ELIGIBILITY_STALE_AFTER_SECONDS: '86400' };
      expect((await runBackfillCommand([], env)).code).toBe(0);
      const [account] = await database.rows<{ account_id: string; internet_eligibility: string }>(
        `SELECT account_id, internet_eligibility FROM sf_account_eligibility_shadow
         WHERE internet_eligibility LIKE 'FTTH%' ORDER BY 1 LIMIT 1`,
      );
      const [offer] = await database.rows<{ sku: string; unit_price: string }>(
        `SELECT sku, unit_price::text FROM sf_pricebook_shadow JOIN sf_product_shadow USING (product_id)
         WHERE item_class = 'SIM Plan' AND currency_iso_code = 'EUR' AND is_active
           AND sf_product_shadow.raw_payload @> '{"IsActive": true, "IsArchived": false}'
           AND pricebook_id = (SELECT standard_pricebook_id FROM sf_org)
         ORDER BY 1 LIMIT 1`,
      );
      await withBff(env, async (bff) => {
        for (const path of [
          '/api/catalog/internet/plans',
          `/api/catalog/internet/plans?accountId=${account?.account_id ?? ''}`,
          '/api/catalog/internet/addons',
          '/api/catalog/sim/plans',
          '/api/catalog/sim/addons',
          '/api/catalog/vpn/plans?region=EU',
          '/api/catalog/vpn/addons',
          `/api/catalog/products/${offer?.sku ?? ''}`,
          `/api/catalog/prices?skus=${offer?.sku ?? ''},NONE`,
          `/api/eligibility/${account?.account_id ?? ''}`,
        ]) {
          const first = await bff.get(path);
          expect([path, first.status]).toEqual([path, 200]);
          // A cache that is slow for once is left alone for a second, so the second answer may skip it.
          let again = await bff.get(path).expect(200);
          while (sourceOf(again) !== 'cache') again = await bff.get(path).expect(200);
          expect((again.body as { data: unknown }).data).toEqual((first.body as { data: unknown }).data);
          expect(again.headers['etag']).toBe(first.headers['etag']);
        }
        const quote = await bff
          .post('/api/orders/quote', { currency: 'EUR', lines: [{ sku: offer?.sku, quantity: 2 }] })
          .expect(200);
        expect(quote.body).toMatchObject({
          data: { lines: [{ sku: offer?.sku, unitPrice: offer?.unit_price }] },
          meta: { source: 'shadow' },
        });
        expect(await readyOf(bff)).toEqual([200, 'ok']);
        const { text } = await bff.get('/metrics').expect(200);
        expect(text).toMatch(/bff_reads_total\{area="catalog",source="shadow",service="bff"\} [1-9]/);
        expect(text).not.toContain('"other"');
      });
    }));

  it('asks Salesforce before the first backfill, and asks the worker to read the same records', () =>
    withTestDatabase(migrate, (database) =>
      withBff(envFor(database), async (bff) => {
        const live = await bff.get('/api/catalog/sim/plans').expect(200);
        expect(sourceOf(live)).toBe('salesforce');
        const services = new RedisServices({ url: redis.url, clock: systemClock, log: silent });
        try {
          await until(async () => (await services.health.snapshot()).waiting > 0);
        } finally {
          await services.close();
        }
        const queues = await bff.get('/health/queues').expect(200);
        expect(queues.body).toMatchObject({
          salesforce: { routes: { token: { success: 1 } } },
          SF_SHADOW_SYNC: { state: 'up', coveredAgeSeconds: { Product2: null } },
        });
      }),
    ));

  it('leaves the shadow out when told to', () =>
    withTestDatabase(migrate, async (database) => {
      const env = { ...envFor(database), ENABLE_SF_SHADOW_READS: 'false' };
      await runBackfillCommand(['--objects', 'Product2,PricebookEntry'], env);
      await withBff(env, async (bff) => {
        expect(sourceOf(await bff.get('/api/catalog/vpn/plans').expect(200))).toBe('salesforce');
        await until(async () => sourceOf(await bff.get('/api/catalog/vpn/plans')) === 'cache');
      });
    }));

  it('sec-41: goes on without Redis: alive, degraded, answering from the shadow', () =>
    withTestDatabase(migrate, async (database) => {
      await runBackfillCommand(['--objects', 'Product2,PricebookEntry'], envFor(database));
      const own = await startOwnRedis();
      try {
        await withBff({ ...envFor(database), REDIS_URL: own.url }, async (bff) => {
          await bff.get('/api/catalog/vpn/plans').expect(200);
          await own.kill();
          expect(sourceOf(await bff.get('/api/catalog/sim/plans').expect(200))).toBe('shadow');
          // An answer held in the process counts a moment longer: nobody can tell it that it is outdated.
          const asked = (): Promise<unknown> => bff.get('/api/catalog/vpn/plans').expect(200).then(sourceOf);
          await until(async () => (await asked()) === 'shadow');
          await bff.get('/health/live').expect(200);
          await until(async () => (await readyOf(bff))[1] === 'degraded');
          expect((await bff.get('/health/queues')).body).toMatchObject({ SF_SHADOW_SYNC: { state: 'down' } });
        });
      } finally {
        await own.close();
      }
    }));

  it('starts while PostgreSQL is away and answers from Salesforce', () =>
    withBff({ ...envFor({ url: 'postgresql://u:p@127.0.0.1:1/x' }) }, async (bff) => {
      expect(await readyOf(bff)).toEqual([200, 'degraded']);
      expect(sourceOf(await bff.get('/api/catalog/vpn/plans').expect(200))).toBe('salesforce');
    }));

  it('is not ready once it is ending', () =>
    withTestDatabase(migrate, (database) =>
      withBff(envFor(database), async (bff) => {
        expect(await readyOf(bff)).toEqual([200, 'ok']);
        const release = Promise.withResolvers<undefined>();
        bff.shutdown.onStop('running work', () => release.promise);
        const stopped = bff.shutdown.stop('test');
        expect(await readyOf(bff)).toEqual([503, 'error']);
        await bff.get('/health/live').expect(200);
        release.resolve(undefined);
        await stopped;
        expect(bff.lines.join('')).toContain('"message":"stopped"');
      }),
    ));
});

describe('the BFF refuses to start', () => {
  it('on a Redis that evicts', () =>
    withTestDatabase(migrate, async (database) => {
      const own = await startOwnRedis({ 'maxmemory-policy': 'volatile-lru' });
      try {
        await expect(
          withBff({ ...envFor(database), REDIS_URL: own.url }, () => Promise.resolve()),
        ).rejects.toMatchObject({ code: 'QUEUE_EVICTION_POLICY' });
      } finally {
        await own.close();
      }
    }));

  it('on a database without its schema', () =>
    withEmptyDatabase(async (database) => {
      await expect(withBff(envFor(database), () => Promise.resolve())).rejects.toMatchObject({
        code: 'STORE_SCHEMA_BEHIND',
      });
    }));

  it('without its keys, and with AUTH_MODE none on an address that others reach', async () => {
    const env = envFor({ url: 'postgresql://u:p@127.0.0.1:1/x' });
    await expect(
      withBff({ ...env, AUTH_KEYS_FILE: join(folder, 'absent') }, () => Promise.resolve()),
    ).rejects.toMatchObject({ code: 'INPUT_CONFIGURATION' });
    await expect(
      withBff({ ...env, AUTH_MODE: 'none', BFF_HOST: '0.0.0.0' }, () => Promise.resolve()),
    ).rejects.toMatchObject({ problems: [expect.stringContaining('loopback only')] });
  });
});

const { log: silent } = createLogger({ service: 'test', level: 'fatal', sink: { write: () => undefined } });

/** Asks again until it is so; each question is a round trip, so this does not spin. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(setImmediate);
}
