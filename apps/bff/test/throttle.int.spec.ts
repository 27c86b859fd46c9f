import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import {
  Access,
  createHttpApp,
  createLogger,
  PrometheusMeter,
  Readiness,
  systemClock,
  type HttpApp,
} from '@umbra/platform';
import { RedisServices } from '@umbra/redis';
import { SalesforceReadThrottleGuard } from '@umbra/salesforce';
import { openTestRedis, type TestRedis } from '@umbra/testing';
import supertest from 'supertest';

const { log, pino } = createLogger({ service: 'bff', level: 'fatal', sink: { write: () => undefined } });

@Controller('api')
class ReadsController {
  @Access('read')
  @Get('read')
  read(): string {
    return 'ok';
  }
}

let server: TestRedis;
let redis: RedisServices;
const apps: HttpApp[] = [];

beforeAll(async () => {
  server = await openTestRedis();
  redis = new RedisServices({ url: server.url, clock: systemClock, log });
});

afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await redis.close();
  await server.close();
});

let names = 0;

/** A BFF whose clients may read 10 times in 10 s, 5 times of them with a demand. */
async function bff(trustedProxyHops: number, labels: readonly string[] = []) {
  const name = `test-${names++}`;
  const guard = new SalesforceReadThrottleGuard({
    requests: redis.rates({ name, perSecond: 1, exact: false }),
    freshReads: redis.rates({ name: `${name}-fresh`, perSecond: 0.5, exact: true }),
    prefix: '/api/',
    clock: systemClock,
  });
  const app = await createHttpApp(
    { module: class ReadsModule {}, controllers: [ReadsController] },
    {
      pino,
      log,
      clock: systemClock,
      meter: new PrometheusMeter('bff'),
      readiness: new Readiness({ checks: {}, verdict: () => true, clock: systemClock }),
      callers:
        labels.length === 0
          ? undefined
          : { find: (text) => (labels.includes(text) ? { label: text, scopes: ['read'] } : undefined) },
      guards: [guard],
      trustedProxyHops,
    },
  );
  apps.push(app);
  return async (times: number, headers: (at: number) => Record<string, string>): Promise<number> => {
    let answered = 0;
    for (let at = 0; at < times; at++) {
      const answer = await supertest(app.server).get('/api/read').set(headers(at));
      if (answer.status === 200) answered++;
      else {
        expect(answer.status).toBe(429);
        expect(answer.body).toMatchObject({ code: 'READ_THROTTLED', status: 429 });
        expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      }
    }
    return answered;
  };
}

describe('the read throttle', () => {
  it('sec-24: forged proxy headers do not make a new client', async () => {
    const ask = await bff(0);
    expect(
      await ask(30, (at) => ({ 'x-forwarded-for': `203.0.113.${at}`, forwarded: `for=203.0.113.${at}` })),
    ).toBe(10);
  });

  it('sec-24: behind a trusted proxy the address that it saw counts, not what was claimed to it', async () => {
    const ask = await bff(1);
    expect(await ask(30, (at) => ({ 'x-forwarded-for': `198.51.100.${at}, 203.0.113.7` }))).toBe(10);
    expect(await ask(5, () => ({ 'x-forwarded-for': '203.0.113.8' }))).toBe(5);
  });

  it('sec-23: holds each key to its rate, wherever it comes from, and no other', async () => {
    const keys = ['key-of-the-shop-000', 'key-of-the-app-0000'];
    const ask = await bff(1, keys);
    const as =
      (key = '') =>
      (at: number) => ({
        authorization: `Bearer ${key}`,
        'x-forwarded-for': `203.0.113.${at}`,
      });
    expect(await ask(15, as(keys[0]))).toBe(10);
    expect(await ask(5, as(keys[1]))).toBe(5);
  });

  it('sec-23: a client that forces fresh answers spends its own share only', async () => {
    const ask = await bff(0);
    expect(await ask(8, () => ({ 'cache-control': 'max-age=0' }))).toBe(5);
    expect(await ask(5, () => ({}))).toBe(2);
  });
});
