import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  argumentsOf,
  canaries,
  canaryPattern,
  childrenOf,
  filesWith,
  redisWithoutCache,
} from './harness/canaries.ts';
import { createProduct, type Offer } from './harness/catalogue.ts';
import { eventually } from './harness/eventually.ts';
import { Reader } from './harness/reader.ts';
import { sharedWorld } from './harness/shared-world.ts';
import type { App, Finished } from './harness/world.ts';

const account = '0015g0000000001AAA';

let backfill: Finished;
let worker: App;
let bff: App;
let reader: Reader;
const world = sharedWorld(async (created) => {
  const { org } = created;
  const { name, sku, text, price, eligibility, source } = canaries;
  await createProduct(
    org,
    { Name: name, StockKeepingUnit: sku, Description: text, Item_Class__c: 'SIM Plan' },
    { EUR: price },
  );
  const fields = {
    Name: canaries.account,
    Internet_Eligibility__c: eligibility,
    Internet_Eligibility_Source__c: source,
  };
  const { results } = await org.transact([{ op: 'update', object: 'Account', id: account, fields }]);
  expect(results).toMatchObject([{ success: true }]);
  backfill = await created.backfill(['--verify'], { LOG_LEVEL: 'trace' });
});
beforeAll(async () => {
  worker = await world().startWorker({ LOG_LEVEL: 'trace' });
  const env = { LOG_LEVEL: 'trace', ENABLE_SF_SHADOW_READS: 'false' };
  bff = await world().startBff(env);
  reader = new Reader(bff, world().key);
});

async function queueCounts(): Promise<Record<string, number>> {
  const { text } = await reader.get('/health/queues');
  return (JSON.parse(text) as { SF_SHADOW_SYNC: Record<string, number> }).SF_SHADOW_SYNC;
}

/** What every operator, supervisor or log reader can see. */
async function outside(): Promise<Record<string, string>> {
  const metrics = async ({ url }: App): Promise<string> =>
    (await new Reader({ ...bff, url }, world().key).get('/metrics')).text;
  const { output: status } = await world().ops(['status', '--json']);
  const { output: parked } = await world().ops(['parked', '--json', '--limit', '1000']);
  return {
    'output of the backfill': backfill.output,
    'log of the worker': worker.child.output,
    'log of the BFF': bff.child.output,
    'metrics of the worker': await metrics(worker),
    'metrics of the BFF': await metrics(bff),
    'queue health': (await reader.get('/health/queues')).text,
    'ops status': status,
    'ops parked': parked,
  };
}

describe('sec-36: values of records', () => {
  it('are read, cached and refreshed, and stand in no key or value of the queue', async () => {
    expect(backfill).toMatchObject({ code: 0 });
    const product = await reader.get<Offer>(`/api/catalog/products/${canaries.sku}`);
    expect(product.data).toMatchObject({ name: canaries.name, prices: [{ unitPrice: '73194.77' }] });
    const eligibility = await reader.get(`/api/eligibility/${account}`);
    expect(eligibility.data).toMatchObject({ internetEligibility: canaries.eligibility });
    await eventually('the refreshes are done', 20_000, async () => {
      const { waiting, active } = await queueCounts();
      expect([waiting, active]).toEqual([0, 0]);
      expect((await world().redis.keys('refresh:*')).length).toBeGreaterThanOrEqual(3);
    });
    const kept = await redisWithoutCache(world());
    expect([...kept.keys()].some((key) => key.includes('SF_SHADOW_SYNC'))).toBe(true);
    for (const [key, value] of kept) {
      expect(key).not.toMatch(canaryPattern);
      expect([key, value]).toEqual([key, expect.not.stringMatching(canaryPattern)]);
    }
  });

  it('nor of a job that fails, even when Salesforce quotes them', async () => {
    const message = `invalid value ${canaries.name} ${canaries.eligibility}`;
    const body = [{ errorCode: 'INVALID_FIELD', message, fields: [canaries.text] }];
    await world().org.fault({ match: { route: 'query' }, status: 400, body });
    await world().redis.del(`refresh:Account:${account}`);
    await world().ops(['cache', 'clear']);
    const failed = await reader.get(`/api/eligibility/${account}`);
    expect(failed.status).toBe(500);
    expect(failed.text).not.toMatch(canaryPattern);
    await world().org.clearFaults();
    // The worker reads by queryAll, the BFF does not.
    await world().org.fault({ match: { route: 'query-all' }, status: 400, body });
    await reader.get(`/api/eligibility/${account}`);
    await eventually('the refresh has failed', 20_000, async () => {
      expect((await queueCounts())['failed']).toBeGreaterThan(0);
    });
    await world().org.clearFaults();
    for (const [key, value] of await redisWithoutCache(world()))
      expect([key, value]).toEqual([key, expect.not.stringMatching(canaryPattern)]);
  });

  it('and in no log, metric or report either', async () => {
    for (const [where, text] of Object.entries(await outside())) {
      expect([where, text.length > 0]).toEqual([where, true]);
      expect([where, canaryPattern.exec(text)?.[0]]).toEqual([where, undefined]);
    }
  });
});

describe('sec-38: what callers and configurations bring along', () => {
  it('stands in no log of requests that are refused', async () => {
    const canary = 'Kanarienvogel-Anfrage';
    const ask = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${bff.url}${path}`, init);
    const own = { authorization: `Bearer ${world().key}` };
    const refusals = await Promise.all([
      ask('/api/catalog/products/GOLD', { headers: { authorization: `Bearer ${canary}-ohne-Recht` } }),
      ask(`/api/eligibility/${canary}`, { headers: own }),
      ask(`/api/catalog/prices?${canary}=1`, { headers: own }),
      ask(`/${canary}`, { headers: { ...own, 'x-forwarded-for': canary, cookie: canary, referer: canary } }),
      ask('/api/orders/quote', {
        method: 'POST',
        headers: { ...own, 'content-type': 'application/json' },
        body: `{"${canary}":`,
      }),
    ]);
    expect(refusals.map(({ status }) => status)).toEqual([401, 400, 400, 404, 400]);
    expect(canaryPattern.exec(bff.child.output)?.[0]).toBeUndefined();
  });

  it('stands in no output of programs that cannot start', async () => {
    const canary = 'Kanarienvogel-Kennwort';
    const { database, redisUrl, env } = world();
    const withPassword = (url: string): string => Object.assign(new URL(url), { password: canary }).href;
    const keyFile = join(mkdtempSync(join(tmpdir(), 'umbra-canary-')), 'key.pem');
    writeFileSync(keyFile, canary, { mode: 0o600 });
    const misfortunes: readonly Record<string, string>[] = [
      { DATABASE_URL: withPassword(database.url) },
      { REDIS_URL: withPassword(redisUrl) },
      { SF_CLIENT_SECRET: canary },
      { SF_PRIVATE_KEY_FILE: keyFile, SF_USERNAME: 'u' },
    ];
    const ends = await Promise.all(
      misfortunes.map((misfortune) => world().run('worker', { ...env, LOG_LEVEL: 'trace', ...misfortune })),
    );
    for (const { code, output } of ends) {
      expect([77, 78]).toContain(code);
      expect(canaryPattern.exec(output)?.[0]).toBeUndefined();
    }
  });
});

describe('sec-37: secrets', () => {
  const secrets = (): string[] => {
    const { database, redisUrl, key, env } = world();
    const passwords = [database.url, redisUrl].map((url) => decodeURIComponent(new URL(url).password));
    return [...passwords, key, env['SF_CLIENT_SECRET'] ?? ''];
  };

  it('are there to be found', () => {
    for (const secret of secrets()) expect(secret.length).toBeGreaterThanOrEqual(16);
  });

  it('stand in no process arguments, and no program starts another that could inherit them', () => {
    for (const { child } of [bff, worker]) {
      const pid = child.process.pid ?? 0;
      const shown = argumentsOf(pid);
      expect(shown).toContain('dist/');
      for (const secret of secrets()) expect(shown).not.toContain(secret);
      expect(childrenOf(pid)).toBe('');
    }
  });

  it('stand in no log, metric or report', async () => {
    for (const [where, text] of Object.entries(await outside()))
      for (const secret of secrets()) expect([where, text.includes(secret)]).toEqual([where, false]);
  });

  it('stand in no tracked file and in no bundle', () => {
    expect(filesWith(['salesforce-backfill-shadow'])).not.toEqual([]);
    expect(filesWith(secrets())).toEqual([]);
  });

  it('are kept as a hash, for the owner only', async () => {
    const keys = readFileSync(world().env['AUTH_KEYS_FILE'] ?? '', 'utf8');
    expect(keys).not.toContain(world().key);
    expect(keys).toMatch(/^[0-9a-f]{64} /);
  });
});

describe('sec-13: a field that the integration user may no longer read', () => {
  it('is in no answer, and takes nothing else with it', async () => {
    await world().ops(['cache', 'clear']);
    const path = `/api/catalog/products/${canaries.sku}`;
    expect((await reader.get(path)).text).toContain(canaries.text);
    await world().org.control('POST', '/schema', {
      change: 'hide',
      object: 'Product2',
      field: 'Description',
    });
    await world().ops(['cache', 'clear']);
    const answer = await reader.get<Offer>(path);
    expect([answer.status, answer.data]).toEqual([200, expect.objectContaining({ name: canaries.name })]);
    expect(answer.text).not.toContain(canaries.text);
    await world().org.control('POST', '/schema', {
      change: 'show',
      object: 'Product2',
      field: 'Description',
    });
  });
});
