import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { requestClasses, UmbraError, type StreamStatus } from '@umbra/domain';
import {
  createHttpApp,
  createLogger,
  generateApiKey,
  PrometheusMeter,
  QueueHealthReporter,
  queueHealthSchema,
  Readiness,
  systemClock,
  type HttpApp,
  type Scope,
} from '@umbra/platform';
import { createReads } from '@umbra/reads';
import { MemoryLoadClaims, MemoryNearCache, MemoryCache, smallOrgFieldMap } from '@umbra/testing';
import supertest, { type Test } from 'supertest';
import type { z } from 'zod';
import { HeldByUrl } from '../src/api/held-by-url.ts';
import { BffModule } from '../src/bff.module.ts';
import { endpoints } from '../src/openapi/endpoints.ts';
import { AbsentSalesforce, MemoryShadow, noRefresh, price, product } from './memory-ports.ts';

const lines: string[] = [];
const { log, pino } = createLogger({
  service: 'bff',
  level: 'info',
  sink: { write: (line) => lines.push(line) },
});
const keys = new Map<string, Scope>([
  [generateApiKey(), 'read'],
  [generateApiKey(), 'operator'],
]);
const [reader = '', operator = ''] = keys.keys();
const shadow = new MemoryShadow();
const salesforce = new AbsentSalesforce();
const meter = new PrometheusMeter('bff');
let queueFault: UmbraError | undefined;
const streaming: StreamStatus = {
  streamId: 1,
  topic: '/data/AccountChangeEvent',
  objects: ['Account'],
  owner: 'canary-host.1.abc',
  leaseAlive: true,
  fence: 7n,
  backlog: 3,
  oldestUnapplied: '2026-01-01T00:00:00.000Z',
  epoch: 1,
  replayId: new Uint8Array([1]),
  commitNumber: 10n,
  commitTimestamp: '2026-01-01T00:00:05.000Z',
  evidenceAt: new Date('2026-01-01T00:00:05.000Z'),
  evidenceFrom: null,
  nextSeq: 42n,
};
/** What PostgreSQL tells for health, or its silence. */
const known = <T>(value: T): Promise<T> =>
  shadow.fault === undefined ? Promise.resolve(value) : Promise.reject(shadow.fault);

let app: HttpApp;
let http: ReturnType<typeof supertest>;
beforeAll(async () => {
  const reads = createReads(
    {
      cache: new MemoryCache(systemClock),
      near: new MemoryNearCache(systemClock),
      claims: new MemoryLoadClaims(),
      shadow,
      live: salesforce,
      refresh: noRefresh,
      clock: systemClock,
      log,
      meter,
      hash: (text) => createHash('sha256').update(text).digest('base64url'),
      priceListing: () =>
        Promise.resolve({ pricebookId: '01s000000000001AAA', multiCurrency: true, defaultCurrency: null }),
    },
    {
      fieldMap: smallOrgFieldMap,
      catalogStaleAfterSeconds: 3600,
      eligibilityStaleAfterSeconds: 900,
      shadowReads: true,
    },
  );
  const queues = new QueueHealthReporter({
    salesforce: {
      snapshot: () => ({
        pending: 1,
        running: 2,
        byClass: Object.fromEntries(
          requestClasses.map((name) => [
            name,
            { pending: 1, running: 2, used: 3, reserve: 4, admitted: true },
          ]),
        ),
        dailyApiUsage: 10,
        dailyApiLimit: 100,
        dailyUsagePercent: 10,
        ownDailyCalls: 5,
        budgetLeft: 75,
        exhaustedAt: null,
        concurrency: { foreground: 8, background: 5 },
        degradation: {
          state: 'degraded',
          reason: 'assertion-expired',
          until: '2026-01-01T00:00:00.000Z',
        },
        credentials: { state: 'refused', reason: 'assertion-expired', until: '2026-01-01T00:00:00.000Z' },
        routes: {
          query: { success: 3, failure: 1, latencyMs: { p50: 1, p95: 2, max: 3 }, byClass: { quote: 4 } },
        },
      }),
    },
    fleet: {
      sums: () =>
        Promise.resolve({
          processes: 2,
          pending: 1,
          running: 2,
          routes: { query: { success: 3, failure: 1 } },
        }),
    },
    queue: {
      snapshot: () =>
        queueFault === undefined
          ? Promise.resolve({ waiting: 1, active: 0, delayed: 0, failed: 2, oldestAgeSeconds: 7 })
          : Promise.reject(queueFault),
    },
    shadow,
    streams: { streams: () => known([streaming]) },
    changes: { oldestUnapplied: () => known(new Map([['Account' as const, '2026-01-01T00:00:00.000Z']])) },
    aside: {
      parkedCounts: () =>
        known([
          { object: 'Product2', reason: 'sku_taken', count: 2 },
          { object: 'Product2', reason: 'sku_missing', count: 1 },
          { object: 'Product2', reason: 'deleted', count: 40 },
        ]),
    },
    clock: systemClock,
    log,
  });
  app = await createHttpApp(BffModule.with({ reads }), {
    queues,
    log,
    pino,
    clock: systemClock,
    meter,
    readiness: new Readiness({ checks: {}, verdict: () => true, clock: systemClock }),
    held: { held: new HeldByUrl(reads.held) },
    callers: {
      find: (key) => {
        const scope = keys.get(key);
        return scope === undefined ? undefined : { hash: '', scopes: [scope], label: 'test' };
      },
    },
  });
  http = supertest(app.server);
});
afterAll(() => app.close());
beforeEach(() => {
  shadow.products = [
    product({ sku: 'GOLD', planTier: 'Gold', offeringType: 'FTTH' }),
    product({ sku: 'BASIC', planTier: 'Bronze', offeringType: ' vdsl ' }),
    product({ sku: 'OLD', active: false }),
    product({ sku: 'ROUTER', itemClass: 'Internet Add-on' }),
    product({ sku: 'SIM20', itemClass: 'SIM Plan' }),
    product({ sku: 'VPN-EU', itemClass: 'VPN Plan', vpnRegion: 'EU' }),
    product({ sku: 'VPN-US', itemClass: 'VPN Plan', vpnRegion: 'US' }),
  ];
  shadow.priceRows = shadow.products.flatMap((each) => [price(each, '49.90'), price(each, '55.00', 'USD')]);
  shadow.accounts = [
    { accountId: '001000000000001AAA', internetEligibility: 'FTTH;FTTB', eligibilitySource: 'Address Check' },
    { accountId: '001000000000002AAA', internetEligibility: null, eligibilitySource: null },
  ];
  shadow.fault = undefined;
  shadow.covered = new Date();
  queueFault = undefined;
  lines.length = 0;
});

const get = (path: string, key = reader): Test => http.get(path).set('authorization', `Bearer ${key}`);
const quote = (body: object): Test =>
  http.post('/api/orders/quote').set('authorization', `Bearer ${reader}`).send(body);
interface Listed {
  readonly data: { readonly plans: readonly { readonly sku: string }[]; readonly eligibility?: string };
}
const skusOf = ({ body }: { body: unknown }): readonly string[] =>
  (body as Listed).data.plans.map(({ sku }) => sku);

/** A request that each endpoint answers with 200. */
const examples: Readonly<Record<string, () => Test>> = {
  'get /api/catalog/internet/plans': () => get('/api/catalog/internet/plans?accountId=001000000000001'),
  'get /api/catalog/internet/addons': () => get('/api/catalog/internet/addons'),
  'get /api/catalog/sim/plans': () => get('/api/catalog/sim/plans?currency=EUR'),
  'get /api/catalog/sim/addons': () => get('/api/catalog/sim/addons'),
  'get /api/catalog/vpn/plans': () => get('/api/catalog/vpn/plans?region=eu'),
  'get /api/catalog/vpn/addons': () => get('/api/catalog/vpn/addons'),
  'get /api/catalog/products/{sku}': () => get('/api/catalog/products/GOLD'),
  'get /api/catalog/prices': () => get('/api/catalog/prices?skus=GOLD,NONE'),
  'get /api/eligibility/{accountId}': () => get('/api/eligibility/001000000000002AAA'),
  'post /api/orders/quote': () => quote({ currency: 'EUR', lines: [{ sku: 'GOLD', quantity: 3 }] }),
  'get /health/live': () => http.get('/health/live'),
  'get /health/ready': () => http.get('/health/ready'),
  'get /health/queues': () => get('/health/queues', operator),
  'get /metrics': () => get('/metrics', operator),
  'get /docs/openapi.json': () => http.get('/docs/openapi.json'),
};

describe('every endpoint', () => {
  it('is documented, and every documented one is there', () => {
    const served = app.routes
      .list()
      .filter(
        (route) => !/^(HEAD|OPTIONS) /.test(route) && !['GET /docs', 'GET /docs/:asset'].includes(route),
      )
      .map((route) => route.replaceAll(/:(\w+)/g, '{$1}').replace(/^\w+/, (method) => method.toLowerCase()));
    expect(served.sort()).toEqual(endpoints.map(({ method, path }) => `${method} ${path}`).sort());
    expect(Object.keys(examples).sort()).toEqual(served.sort());
  });

  it.each(endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint] as const))(
    'sec-5, sec-50: %s answers in its documented shape, sets no cookie, and has its security headers',
    async (name, { answer, fresh, scope }) => {
      const response = await (examples[name] as () => Test)().set('cookie', 'session=1');
      expect(response.status).toBe(200);
      expect(response.headers['set-cookie']).toBeUndefined();
      expect(response.headers['x-powered-by']).toBeUndefined();
      expect(response.headers).toMatchObject({
        'content-security-policy': expect.stringMatching(/^default-src 'none'/),
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
      });
      if (answer.kind === 'json') strictly(answer.schema).parse(response.body);
      expect('etag' in response.headers && 'age' in response.headers).toBe(fresh || name.startsWith('post'));
      if (scope === 'open') return;
      const [, path = ''] = name.split(' ');
      const bare = name.startsWith('post') ? http.post(path).send({}) : http.get(path);
      expect((await bare).status).toBe(401);
    },
  );

  it('sec-10: an operator route refuses a read key, and the other way round', async () => {
    for (const { method, path, scope } of endpoints) {
      if (scope === 'open') continue;
      const key = scope === 'read' ? operator : reader;
      const request = method === 'post' ? http.post(path).send({}) : http.get(path);
      expect([path, (await request.set('authorization', `Bearer ${key}`)).status]).toEqual([path, 403]);
    }
  });
});

describe('sec-50: the page of the documentation', () => {
  it('runs scripts and styles by the nonce of one answer, and nothing else', async () => {
    const [one, other] = [await http.get('/docs'), await http.get('/docs')];
    const nonces = [one, other].map(({ headers, text }) => {
      const policy = String(headers['content-security-policy']);
      const [, nonce = ''] = /script-src 'nonce-([A-Za-z0-9+/=]{24})'/.exec(policy) ?? [];
      expect(policy).toBe(
        `default-src 'none';script-src 'nonce-${nonce}';style-src 'nonce-${nonce}';img-src 'self' data:;connect-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'`,
      );
      const loaded = text.match(/<(script|link|style)\b[^>]*>/g) ?? [];
      expect(loaded).toHaveLength(3);
      for (const tag of loaded) expect(tag).toContain(` nonce="${nonce}"`);
      expect(text).not.toMatch(/<script[^>]*>[^<]| on\w+=|javascript:/);
      expect(headers['cache-control']).toBe('no-store');
      return nonce;
    });
    expect(new Set(nonces).size).toBe(2);
  });
});

/** The answer's schema; zod drops unknown keys, which here must not be there in the first place. */
function strictly(schema: z.ZodType): { parse(body: unknown): void } {
  return { parse: (body) => void expect(schema.parse(body)).toEqual(body) };
}

describe('the catalogue', () => {
  it('offers an account what its eligibility names, and says why there may be nothing', async () => {
    expect(skusOf(await get('/api/catalog/internet/plans?accountId=001000000000001'))).toEqual(['GOLD']);
    const unknown = await get('/api/catalog/internet/plans?accountId=001000000000002');
    expect((unknown.body as Listed).data).toMatchObject({ plans: [], eligibility: 'unknown' });
    expect([...skusOf(await get('/api/catalog/internet/plans'))].sort()).toEqual(['BASIC', 'GOLD']);
    expect((await get('/api/catalog/internet/plans?accountId=001000000000003')).status).toBe(404);
  });

  it('gives an answer again from memory, in the same form, to whoever may read it and to nobody else', async () => {
    const url = '/api/catalog/prices?skus=GOLD,BASIC';
    const [asked, again] = [await get(url), await get(url)];
    expect(again.headers['x-data-source']).toBe('cache');
    expect(Object.keys(again.headers).toSorted()).toEqual(Object.keys(asked.headers).toSorted());
    expect((again.body as Listed).data).toEqual((asked.body as Listed).data);
    const etag = String(again.headers['etag']);
    expect((await get(url).set('if-none-match', etag)).status).toBe(304);
    expect((await get(url).set('cache-control', 'max-age=soon')).status).toBe(400);
    expect((await http.get(url)).status).toBe(401);
    expect((await http.get(url).set('authorization', `Bearer ${operator}`)).status).toBe(403);
  });

  it('answers with headers that repeat the body, and 304 to who has the same data', async () => {
    const first = await get('/api/catalog/products/GOLD');
    const { meta } = first.body as { meta: { source: string; ageSeconds: number } };
    expect(first.headers).toMatchObject({
      age: String(meta.ageSeconds),
      'x-data-source': meta.source,
      'cache-control': 'private, no-cache',
    });
    const etag = String(first.headers['etag']);
    expect(etag).toMatch(/^W\/"[A-Za-z0-9_-]+"$/);
    for (const tag of [etag, etag.replace('W/', ''), `"other", ${etag}`, '*']) {
      const again = await get('/api/catalog/products/GOLD').set('if-none-match', tag);
      expect([again.status, again.text]).toEqual([304, '']);
      expect(again.headers['etag']).toBe(etag);
      expect(again.headers['x-data-source']).toBe('cache');
    }
    expect((await get('/api/catalog/products/GOLD').set('if-none-match', '"other"')).status).toBe(200);
  });

  it('sec-9: shows nothing of a record beyond its declared shape', async () => {
    shadow.products = shadow.products.map((row) => ({ ...row, sku: `${row.sku}-X`, margin: 'canary' }));
    for (const path of ['/api/catalog/internet/plans?currency=CHF', '/api/catalog/products/GOLD-X'])
      expect((await get(path)).text).not.toContain('canary');
  });

  it('takes SKUs with blanks, slashes and percent signs', async () => {
    shadow.products.push(product({ sku: 'A/B 100%', productId: '01t0000000000ZZAAA' }));
    const answer = await get(`/api/catalog/products/${encodeURIComponent('A/B 100%')}`);
    expect([answer.status, (answer.body as { data: { sku: string } }).data.sku]).toEqual([200, 'A/B 100%']);
  });
});

describe('quotes', () => {
  it('total exactly', async () => {
    const answer = await quote({ currency: 'EUR', lines: [{ sku: 'GOLD', quantity: 9999 }] });
    expect((answer.body as { data: { total: string } }).data.total).toBe('498950.10');
  });

  it('name every line that cannot be priced', async () => {
    const answer = await quote({
      lines: [
        { sku: 'NONE', quantity: 1 },
        { sku: 'OLD', quantity: 1 },
      ],
    });
    expect([answer.status, (answer.body as { problems: string[] }).problems]).toEqual([
      400,
      ['lines[0].sku: is not a product', 'lines[1].sku: is no longer offered'],
    ]);
  });
});

describe('when sources fail', () => {
  const paths = [
    '/api/catalog/internet/plans?currency=SEK',
    '/api/catalog/products/GONE',
    '/api/catalog/prices?skus=GONE',
    '/api/eligibility/001000000000009AAA',
  ];
  const faults: readonly (readonly [string, Error, number])[] = [
    ['SF_UNAVAILABLE', new UmbraError('SF_UNAVAILABLE', 'own words'), 503],
    ['SF_DAILY_LIMIT', new UmbraError('SF_DAILY_LIMIT', 'own words'), 503],
    ['SF_CREDENTIALS_REFUSED', new UmbraError('SF_CREDENTIALS_REFUSED', 'own words'), 503],
    ['READ_LIVE_TOO_LARGE', new UmbraError('READ_LIVE_TOO_LARGE', 'too many rows'), 503],
    [
      'SF_QUERY_REJECTED',
      new UmbraError('SF_QUERY_REJECTED', 'own words', { cause: new Error('SELECT canary') }),
      500,
    ],
    ['a foreign error', new TypeError('canary'), 500],
  ];
  it.each(faults)(
    'sec-39: %s is a problem document that gives nothing away',
    async (_name, fault, status) => {
      shadow.fault = new UmbraError('STORE_UNAVAILABLE', 'own words', {
        cause: new Error('canary@db.example:5432'),
      });
      salesforce.fault = fault;
      for (const path of paths) {
        lines.length = 0;
        const answer = await get(path);
        expect([path, answer.status]).toEqual([path, status]);
        expect(answer.headers['content-type']).toContain('application/problem+json');
        expect('retry-after' in answer.headers).toBe(status === 503);
        const { instance, code } = answer.body as { instance: string; code: string };
        expect(code).toMatch(/^(READ|SF|STORE)_/);
        expect(answer.text).not.toContain('own words');
        expect(answer.text + lines.join('')).not.toMatch(/canary|SELECT|\.example/);
        expect(lines.some((line) => line.includes(instance.replace('urn:uuid:', '')))).toBe(true);
      }
    },
  );
});

describe('/health/queues', () => {
  it('sec-41: holds counts, ages and states only', async () => {
    const answer = await get('/health/queues', operator);
    expect(queueHealthSchema.parse(answer.body)).toEqual(answer.body);
    expect(answer.body).toMatchObject({
      salesforce: {
        pending: 1,
        dailyUsagePercent: 10,
        degradation: { state: 'degraded', reason: 'assertion-expired', until: '2026-01-01T00:00:00.000Z' },
      },
      SF_SHADOW_SYNC: {
        state: 'up',
        waiting: 1,
        failed: 2,
        oldestAgeSeconds: 7,
        lagSeconds: { Product2: 0, PricebookEntry: 0, Account: expect.any(Number) },
        parked: { Product2: 3, PricebookEntry: 0, Account: 0 },
        streams: [
          {
            topic: '/data/AccountChangeEvent',
            state: 'streaming',
            epoch: 1,
            stored: '42',
            newestCommitAt: '2026-01-01T00:00:05.000Z',
            backlog: 3,
          },
        ],
      },
    });
    expect(answer.text).not.toContain('canary');
  });

  it('says so when the queue cannot be asked', async () => {
    queueFault = new UmbraError('QUEUE_UNAVAILABLE', 'canary');
    shadow.fault = new UmbraError('STORE_UNAVAILABLE', 'canary');
    const answer = await get('/health/queues', operator);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      SF_SHADOW_SYNC: {
        state: 'down',
        waiting: null,
        coveredAgeSeconds: { Product2: null },
        lagSeconds: { Account: null },
        parked: { Account: null },
        streams: null,
      },
    });
    expect(answer.text).not.toContain('canary');
  });

  it('sec-41: asks Salesforce nothing, nor do metrics and readiness', async () => {
    const before = salesforce.calls;
    for (let i = 0; i < 20; i++) {
      await get('/health/queues', operator);
      await get('/metrics', operator);
      await http.get('/health/ready');
    }
    expect(salesforce.calls).toBe(before);
  });
});

describe('/docs', () => {
  it('is a page of this server that loads nothing from elsewhere', async () => {
    const { text, headers } = await http.get('/docs').expect(200);
    expect(headers['content-type']).toContain('text/html');
    const loaded = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => String(path));
    expect(loaded).toHaveLength(3);
    for (const path of loaded) {
      expect(path).toMatch(/^\/docs\//);
      await http.get(path).expect(200);
    }
    expect(text).not.toMatch(/<script>|onload|https?:/);
    await http.get('/docs/../package.json').expect(404);
    await http.get('/docs/absolute-path.js').expect(404);
  });
});
