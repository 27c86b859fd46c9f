import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { RequestClass } from '@umbra/domain';
import { systemClock } from '@umbra/platform';
import { describeAnswer, HostileOrg, sendJson, type Handler } from './hostile-org.ts';
import { openForTest, testSettings, type TestPorts, type TestSalesforce } from './open-for-test.ts';

let org: HostileOrg;
let salesforce: TestSalesforce;

beforeEach(async () => {
  org = await HostileOrg.start();
  salesforce = openForTest(testSettings(org.url));
});

afterEach(async () => {
  await salesforce.close();
  await org.close();
});

function reopen(ports: TestPorts, dailySharePercent = 80): TestSalesforce {
  salesforce = openForTest(testSettings(org.url, { apiDailySharePercent: dailySharePercent }), ports);
  return salesforce;
}

interface CallChanges {
  readonly requestClass?: RequestClass;
  readonly idempotent?: boolean;
  readonly signal?: AbortSignal;
  readonly path?: string;
}

const call = (changes: CallChanges = {}): Promise<number> =>
  salesforce.queue.run({
    route: 'query',
    requestClass: 'catalogue',
    idempotent: true,
    ...changes,
    send: async (attempt) => {
      const answer = await attempt.request({
        method: 'GET',
        path: changes.path ?? '/services/data/v62.0/query',
      });
      answer.body.resume();
      return answer.status;
    },
  });

const ok: Handler = (_request, response) => sendJson(response, 200, {});
const html503: Handler = (_request, response) => {
  response.writeHead(503, { 'content-type': 'text/html' }).end('<html>maintenance</html>');
};

/** Answers that wait until they are let go. */
function held(): { handler: Handler; release: () => void; waiting: () => readonly string[] } {
  const waiting: { url: string; go: () => void }[] = [];
  return {
    handler: (request, response) => {
      waiting.push({ url: request.url, go: () => ok(request, response) });
    },
    release: () => waiting.splice(0).forEach(({ go }) => go()),
    waiting: () => waiting.map(({ url }) => url),
  };
}

/** A first call, so that those to come need no sign-in and find every place free. */
async function signIn(): Promise<void> {
  org.handler = ok;
  await call();
  await until(() => salesforce.queue.snapshot().running === 0);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

describe('every call', () => {
  it('sec-48: carries our client name, the sign-in too', async () => {
    org.handler = ok;
    await call();
    expect(org.seen.map(({ headers }) => headers['sforce-call-options'])).toEqual([
      'client=umbra',
      'client=umbra',
    ]);
  });

  it('is counted by route and outcome, repetitions included', async () => {
    org.handler = (request, response) => (org.calls.length === 1 ? html503 : ok)(request, response);
    await call();
    org.handler = (_request, response) => sendJson(response, 404, [{ errorCode: 'NOT_FOUND', message: '' }]);
    await expect(call()).rejects.toMatchObject({ code: 'SF_NOT_FOUND' });
    const { routes } = salesforce.queue.snapshot();
    expect(routes.query).toMatchObject({ success: 1, failure: 2 });
    expect(routes.query?.latencyMs?.max).toBeGreaterThan(0);
    expect(routes.token).toMatchObject({ success: 1, failure: 0 });
    expect(salesforce.queue.callsMade()).toBe(3);
    const counted = (outcome: string): number =>
      salesforce.meter.value('sf_api_requests_total', { route: 'query', outcome });
    expect([counted('success'), counted('unavailable'), counted('not-found')]).toEqual([1, 1, 1]);
    expect(salesforce.meter.value('sf_api_request_seconds', { route: 'query' })).toBe(3);
  });

  it('tells the daily usage from its answer, whatever follows in the header', async () => {
    org.handler = (_request, response) =>
      sendJson(
        response,
        200,
        {},
        { 'sforce-limit-info': 'api-usage=250/1000; per-app-api-usage=1/250(appName=x)' },
      );
    await call();
    expect(salesforce.queue.snapshot()).toMatchObject({
      dailyApiUsage: 250,
      dailyApiLimit: 1000,
      dailyUsagePercent: 25,
      ownDailyCalls: 1,
      degradation: { state: 'normal', reason: null, until: null },
    });
  });
});

describe('fault-28: a Salesforce that fails', () => {
  it('is asked again, with bounds, and recovers without help', async () => {
    org.handler = (request, response) => (org.calls.length < 3 ? html503 : ok)(request, response);
    await expect(call()).resolves.toBe(200);
    org.handler = html503;
    const before = org.calls.length;
    await expect(call()).rejects.toMatchObject({ code: 'SF_UNAVAILABLE', retry: 'later' });
    expect(org.calls.length - before).toBe(3);
    org.handler = ok;
    await expect(call()).resolves.toBe(200);
  });

  it('gets a tenth more calls from us, not a multiple', async () => {
    org.handler = (request, response) => (org.calls.length % 3 === 0 ? html503 : ok)(request, response);
    for (let turn = 0; turn < 300; turn++) await call().catch(() => undefined);
    expect(org.calls.length).toBeGreaterThan(310);
    expect(org.calls.length).toBeLessThanOrEqual(300 + 30);
  });

  it('is not asked any more once most calls fail, then asked by single calls, and recovers without help', async () => {
    let offset = 0;
    const realNow = Date.now.bind(Date);
    const wall = jest.spyOn(Date, 'now').mockImplementation(() => realNow() + offset);
    reopen({
      clock: {
        now: () => new Date(realNow() + offset),
        monotonic: () => performance.now() + offset,
        sleep: async () => Promise.resolve(),
      },
    });
    org.handler = html503;
    for (let turn = 0; turn < 100; turn++) await call().catch(() => undefined);
    const before = org.calls.length;
    expect(before).toBeLessThanOrEqual(12);
    const refused = { code: 'SF_UNAVAILABLE', details: { cause: 'breaker', sent: false } };
    await expect(call()).rejects.toMatchObject({ ...refused, retryAt: expect.any(Date) });
    expect(salesforce.queue.snapshot().degradation).toMatchObject({
      state: 'degraded',
      reason: 'breaker-open',
    });
    offset += 2_500;
    await Promise.allSettled(Array.from({ length: 20 }, () => call()));
    expect(org.calls.length - before).toBeLessThanOrEqual(2);
    org.handler = ok;
    offset += 6_000;
    await Promise.all(Array.from({ length: 20 }, () => call()));
    expect(salesforce.queue.snapshot().degradation.state).toBe('normal');
    org.handler = html503;
    for (let turn = 0; turn < 30; turn++) await call().catch(() => undefined);
    org.handler = ok;
    // A clock that is set back must not keep the door closed.
    wall.mockImplementation(() => realNow() - 3_600_000);
    offset += 60_000;
    await expect(call()).resolves.toBe(200);
    wall.mockRestore();
  });

  it('may be down for an hour: it is asked a few times a minute, and serves again without a restart', async () => {
    const offset = { ms: 0 };
    const realNow = Date.now.bind(Date);
    const wall = jest.spyOn(Date, 'now').mockImplementation(() => realNow() + offset.ms);
    reopen({
      clock: {
        now: () => new Date(realNow() + offset.ms),
        monotonic: () => performance.now() + offset.ms,
        sleep: async () => Promise.resolve(),
      },
    });
    org.handler = html503;
    const states = new Set<string>();
    for (let second = 0; second < 3_600; second += 5) {
      for (let reader = 0; reader < 3; reader++) await call({ requestClass: 'quote' }).catch(() => undefined);
      states.add(salesforce.queue.conditions().degradation.state);
      offset.ms += 5_000;
    }
    // 2,160 reads, each of which would have asked three times.
    expect(org.calls.length).toBeLessThan(300);
    expect(states).toContain('degraded');
    org.handler = ok;
    offset.ms += 31_000;
    await call({ requestClass: 'quote' });
    await call({ requestClass: 'quote' });
    expect(salesforce.queue.conditions().degradation).toEqual({ state: 'normal', reason: null, until: null });
    wall.mockRestore();
  });

  it.each([420, 429, 500, 502, 503, 504])('status %d is repeated by us alone', async (status) => {
    org.handler = (_request, response) => response.writeHead(status).end();
    await call().catch(() => undefined);
    expect(org.calls).toHaveLength(3);
  });

  it.each([420, 429, 503])('status %d is not repeated by jsforce beneath us either', async (status) => {
    org.handler = ({ url }, response) => {
      if (url.endsWith('/describe')) sendJson(response, 200, describeAnswer('Account', { Id: 'id' }));
      else response.writeHead(status).end();
    };
    await expect(salesforce.records.count('Account', [], 'catalogue')).rejects.toBeDefined();
    expect(org.calls.filter(({ url }) => !url.endsWith('/describe'))).toHaveLength(3);
  });

  it('what must not happen twice is not repeated once it may have arrived', async () => {
    org.handler = html503;
    await expect(call({ idempotent: false })).rejects.toMatchObject({ code: 'SF_UNAVAILABLE' });
    org.handler = (_request, response) => response.destroy();
    await expect(call({ idempotent: false })).rejects.toMatchObject({ code: 'SF_UNAVAILABLE' });
    expect(org.calls).toHaveLength(2);
  });

  it('waits as long as it is told, up to a bound', async () => {
    const waits: number[] = [];
    reopen({
      clock: {
        ...systemClock,
        sleep: async (ms) => {
          waits.push(ms);
          await Promise.resolve();
        },
      },
    });
    org.handler = (request, response) => {
      if (org.calls.length > 1) ok(request, response);
      else response.writeHead(429, { 'retry-after': '60' }).end();
    };
    await expect(call({ requestClass: 'backfill' })).resolves.toBe(200);
    expect(waits[0]).toBeGreaterThan(59_000);
    const before = waits.length;
    org.handler = (_request, response) => response.writeHead(429, { 'retry-after': '60' }).end();
    await expect(call({ requestClass: 'quote' })).rejects.toMatchObject({
      code: 'SF_THROTTLED',
      retryAt: expect.any(Date),
    });
    // Whoever comes meanwhile is sent away at once, and Salesforce is left in peace.
    await expect(call({ requestClass: 'quote' })).rejects.toMatchObject({ details: { sent: false } });
    expect(waits).toHaveLength(before);
    expect(org.calls).toHaveLength(3);
  });
});

describe('the daily share', () => {
  const usage = (used: number, limit: number): Handler => {
    return (_request, response) =>
      sendJson(response, 200, {}, { 'sforce-limit-info': `api-usage=${used}/${limit}` });
  };

  it('ends our calls where it ends, before Salesforce has to, the less urgent ones first', async () => {
    reopen({}, 50);
    org.handler = (request, response) => usage(100 + org.calls.length, 400)(request, response);
    const made = async (requestClass: RequestClass): Promise<number> => {
      const before = org.calls.length;
      for (let turn = 0; turn < 250; turn++)
        try {
          await call({ requestClass });
        } catch (error) {
          expect(error).toMatchObject({ code: 'SF_DAILY_LIMIT', retryAt: expect.any(Date) });
          break;
        }
      return org.calls.length - before;
    };
    expect(await made('backfill')).toBe(20);
    expect(salesforce.queue.snapshot().degradation).toMatchObject({ state: 'limited', reason: 'reserve' });
    expect(await made('catalogue')).toBe(80);
    expect(await made('delta')).toBe(0);
    expect(await made('quote')).toBe(100);
    expect(salesforce.queue.snapshot().degradation).toEqual({
      state: 'degraded',
      reason: 'daily-share',
      until: expect.any(String),
    });
    expect(salesforce.queue.snapshot().byClass.quote).toMatchObject({
      used: 100,
      reserve: 20,
      admitted: false,
    });
    expect(salesforce.meter.value('sf_api_calls_total', { route: 'query', class: 'quote' })).toBe(100);
  });

  it('a refusal for the daily limit ends all calls until a probe', async () => {
    org.handler = (_request, response) =>
      sendJson(response, 403, [
        { errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' },
      ]);
    await expect(call()).rejects.toMatchObject({ code: 'SF_DAILY_LIMIT' });
    for (let turn = 0; turn < 5; turn++)
      await expect(call()).rejects.toMatchObject({ code: 'SF_DAILY_LIMIT', details: { cause: 'org' } });
    expect(org.calls).toHaveLength(1);
    expect(salesforce.queue.snapshot().degradation).toMatchObject({
      state: 'degraded',
      reason: 'daily-limit',
    });
  });
});

describe('order and bounds', () => {
  it('at most eight foreground and five background calls run at once, and the more urgent wait less', async () => {
    const gate = held();
    await signIn();
    org.handler = gate.handler;
    const classes: RequestClass[] = ['backfill', 'delta', 'catalogue', 'gap', 'eligibility', 'quote'];
    const all = classes.flatMap((requestClass) =>
      Array.from({ length: 8 }, () => call({ requestClass, path: `/services/data/v62.0/${requestClass}` })),
    );
    await until(() => gate.waiting().length === 13);
    const running = salesforce.queue.snapshot();
    expect(running).toMatchObject({ running: 13, pending: 48 - 13 });
    gate.release();
    await until(() => gate.waiting().length === 13);
    const second = gate.waiting().map((url) => url.split('/').at(-1));
    expect(second.filter((name) => name === 'quote')).toHaveLength(8);
    expect(second.filter((name) => name === 'delta')).toHaveLength(5);
    gate.release();
    await until(() => gate.waiting().length === 13);
    expect(gate.waiting().filter((url) => url.endsWith('eligibility'))).toHaveLength(8);
    org.handler = ok;
    gate.release();
    await Promise.all(all);
    expect(salesforce.queue.snapshot()).toMatchObject({ running: 0, pending: 0 });
  });

  it('a caller who gives up frees his place, waiting or running', async () => {
    const gate = held();
    await signIn();
    org.handler = gate.handler;
    const giveUp = new AbortController();
    const reason = new Error('no longer wanted');
    const all = Array.from({ length: 12 }, () => call({ signal: giveUp.signal }));
    await until(() => gate.waiting().length === 8);
    giveUp.abort(reason);
    for (const outcome of await Promise.allSettled(all))
      expect(outcome).toMatchObject({ status: 'rejected', reason });
    await until(() => salesforce.queue.snapshot().running === 0);
    expect(salesforce.queue.snapshot().pending).toBe(0);
    expect(org.calls).toHaveLength(9);
  });

  it('a queue that is full says so at once', async () => {
    const gate = held();
    org.handler = gate.handler;
    const giveUp = new AbortController();
    const all = Array.from({ length: 1008 }, () => call({ signal: giveUp.signal }));
    await until(() => salesforce.queue.snapshot().running === 8);
    await expect(call()).rejects.toMatchObject({ code: 'SF_QUEUE_FULL', retryAt: expect.any(Date) });
    giveUp.abort();
    await Promise.allSettled(all);
  });

  it('closing ends running calls and refuses new ones', async () => {
    const gate = held();
    org.handler = gate.handler;
    const running = call();
    await until(() => gate.waiting().length === 1);
    await Promise.all([
      salesforce.close(),
      expect(running).rejects.toMatchObject({ code: 'SF_UNAVAILABLE' }),
    ]);
    await expect(call()).rejects.toMatchObject({ code: 'SF_UNAVAILABLE' });
  });
});
