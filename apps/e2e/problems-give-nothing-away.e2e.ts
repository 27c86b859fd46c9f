import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readRoutes } from './harness/catalogue.ts';
import { Reader, type Problem, type Reply } from './harness/reader.ts';
import { sharedWorld } from './harness/shared-world.ts';
import type { App } from './harness/world.ts';

const withoutShadow = { ENABLE_SF_SHADOW_READS: 'false', LOG_LEVEL: 'info' };
const order = { currency: 'EUR', lines: [{ sku: 'SIM-M', quantity: 1 }] };

let app: App;
let reader: Reader;
const world = sharedWorld(() => Promise.resolve());
beforeAll(async () => {
  app = await world().startBff(withoutShadow);
  reader = new Reader(app, world().key);
});

afterEach(() => world().org.clearFaults());

/** The published schema of a problem document. */
const { required, properties } = (
  JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
    components: {
      schemas: { Problem: { required: string[]; properties: Record<string, { type: string }> } };
    };
  }
).components.schemas.Problem;

const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;

/** Words that stand in our sources, statements and configuration, and in no text for callers. */
function giveaways(): RegExp {
  const { database, redisUrl, org } = world();
  const hosts = [database.url, redisUrl, org.url].map((url) => new URL(url).host.replaceAll('.', '\\.'));
  return new RegExp(
    [
      ...hosts,
      'canary',
      'SELECT ',
      '\\n\\s+at ',
      'node_modules',
      '\\.ts\\b',
      'INVALID_FIELD',
      '<html',
      'ECONN',
    ].join('|'),
    'i',
  );
}

/** Fits the schema, gives nothing away, and its id finds the entry in the log. */
async function expectProblem(path: string, reply: Reply<unknown>, of: App = app): Promise<Problem> {
  const { problem, text, status, headers } = reply;
  expect([path, status >= 400]).toEqual([path, true]);
  expect([path, headers.get('content-type')]).toEqual([path, 'application/problem+json; charset=utf-8']);
  const names = Object.keys(problem);
  expect(names).toEqual(expect.arrayContaining(required));
  for (const [name, value] of Object.entries(problem))
    expect([path, name, kindOf(value)]).toEqual([path, name, properties[name]?.type]);
  expect(problem.status).toBe(status);
  expect([path, giveaways().exec(text)?.[0]]).toEqual([path, undefined]);
  const id = problem.instance.replace('urn:uuid:', '');
  // The answer may overtake the log: they reach us through different pipes.
  await of.child.printed(new RegExp(`${id}.*\\n`));
  const entries = of.child.output.split('\n').filter((line) => line.includes(id));
  for (const entry of entries) expect(entry).not.toMatch(/canary/i);
  return problem;
}

/** Every read, and a quote; each asks Salesforce, as there is no shadow and nothing is cached. */
async function askEverything(ask: Reader = reader): Promise<[string, Reply<unknown>][]> {
  const replies: [string, Reply<unknown>][] = [];
  for (const path of readRoutes) replies.push([path, await ask.get(path)]);
  replies.push(['quote', await ask.quote(order)]);
  return replies;
}

const quoting = (errorCode: string): object[] => [
  { errorCode, message: "canary: SELECT Name FROM Account WHERE Name = 'canary'", fields: ['canary'] },
];

describe('sec-39: whatever fails below', () => {
  const faults: readonly (readonly [string, Record<string, unknown>, number])[] = [
    ['a query that Salesforce rejects, quoting it', { status: 400, body: quoting('INVALID_FIELD') }, 500],
    ['a field that went away', { status: 400, body: quoting('MALFORMED_QUERY') }, 500],
    ['a permission that is missing', { status: 403, body: quoting('INSUFFICIENT_ACCESS') }, 503],
    ['an error nobody has seen', { status: 400, body: quoting('NEVER_SEEN_BEFORE') }, 500],
    ['an HTML page for an answer', { status: 200, body: '<html>canary</html>' }, 503],
    ['an answer of another shape', { status: 200, body: { canary: true } }, 503],
    ['the daily limit', { status: 403, body: quoting('REQUEST_LIMIT_EXCEEDED') }, 503],
  ];
  it.each(faults)(
    '%s: each route answers with a problem document that tells none of it',
    async (_name, fault, status) => {
      const fresh = await world().startBff(withoutShadow);
      await world().org.fault({ match: { path: '/query' }, ...fault });
      for (const [path, reply] of await askEverything(new Reader(fresh, world().key))) {
        const problem = await expectProblem(path, reply, fresh);
        expect([path, reply.status]).toEqual([path, status]);
        expect(reply.headers.has('retry-after')).toBe(status === 503);
        expect(problem.code).toMatch(/^(READ|SF)_/);
      }
      await fresh.child.stop();
    },
  );

  it('the request itself: bad input, unknown path, wrong method, no key, the wrong body', async () => {
    const nobody = new Reader(app, 'umbra_canary');
    const cases: readonly (readonly [string, Reply<unknown>, number])[] = [
      ['bad input', await reader.get('/api/eligibility/12345'), 400],
      ['unknown path', await reader.get('/api/nothing/here'), 404],
      ['unknown key', await nobody.get('/api/catalog/sim/plans'), 401],
      ['wrong body', await reader.quote([1, 2]), 400],
      ['body that is too large', await reader.quote({ lines: 'x'.repeat(1_100_000) }), 413],
    ];
    for (const [name, reply, status] of cases) {
      expect([name, reply.status]).toEqual([name, status]);
      await expectProblem(name, reply);
    }
    const response = await fetch(`${app.url}/api/orders/quote`, {
      headers: { authorization: `Bearer ${world().key}` },
    });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('sec-49: a session that Salesforce keeps refusing', () => {
  it('costs three sign-ins at most, and /health/queues says why', async () => {
    const { database, org, redis } = world();
    // What the fleet was refused before is not to be taken for what it is refused now.
    await redis.del(['budget:told', ...(await redis.keys('text:*'))]);
    await database.rows(
      'UPDATE sf_api_told SET used = NULL, daily_limit = NULL, told_at = NULL, refused_at = NULL',
    );
    await org.fault({
      match: { path: '/query|/sobjects|/limits' },
      status: 401,
      body: quoting('INVALID_SESSION_ID'),
    });
    await org.control('DELETE', '/counters');
    const own = await world().startBff(withoutShadow);
    const ask = new Reader(own, world().key);
    for (let round = 0; round < 3; round++)
      for (const [path, reply] of await askEverything(ask)) {
        expect([path, reply.status]).toEqual([path, 503]);
        await expectProblem(path, reply, own);
      }
    const { calls } = await org.control<{ calls: { route: string; calls: number }[] }>('GET', '/counters');
    const signIns = calls.filter(({ route }) => route === 'token').reduce((sum, each) => sum + each.calls, 0);
    expect(signIns).toBeGreaterThan(0);
    expect(signIns).toBeLessThanOrEqual(3);
    const { text } = await ask.get('/health/queues');
    expect(JSON.parse(text)).toMatchObject({
      salesforce: { degradation: { state: 'degraded', reason: 'session-refused' } },
    });
    expect(text).not.toMatch(/canary/i);
  });
});
