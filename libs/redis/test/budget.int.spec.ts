import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ToldUsage } from '@umbra/domain';
import { openTestRedis, RecordingLog, type TestRedis } from '@umbra/testing';
import type { Redis } from 'ioredis';
import { RedisBudget } from '../src/budget/redis-budget.ts';
import { connectFast } from '../src/connection/connection.ts';
import { ExactClientRates, SpreadClientRates } from '../src/fleet/client-rates.ts';
import { RedisFleetBoard } from '../src/fleet/redis-fleet-board.ts';
import { RedisFleetText } from '../src/fleet/redis-fleet-text.ts';
import { RedisSlots } from '../src/fleet/redis-slots.ts';
import { connected } from './connections.ts';

const patienceMs = 10_000;
const clock = {
  monotonic: () => performance.now(),
  sleep: async () => new Promise<void>((resolve) => setImmediate(resolve)),
};

let server: TestRedis;
let connections: Redis[];
const log = new RecordingLog();

beforeEach(async () => {
  server = await openTestRedis();
  connections = [];
});

afterEach(async () => {
  for (const connection of connections) connection.disconnect();
  await server.close();
});

/** As another process would see the server. */
async function process(): Promise<Redis> {
  const connection = await connected(connectFast({ url: server.url, name: 'budget' }));
  connections.push(connection);
  return connection;
}

describe('the shared count of calls', () => {
  it('is the sum of what all processes add, and begins with what the ledger knows after a loss', async () => {
    const one = new RedisBudget({ redis: await process(), patienceMs });
    const other = new RedisBudget({ redis: await process(), patienceMs });
    const seed = { delta: 10, gap: 1 };
    await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        (at % 2 === 0 ? one : other).add(7, { quote: 1, delta: 2 }, null, seed),
      ),
    );
    const sum = await one.add(7, { delta: -5 }, null, seed);
    expect(sum).toEqual({ calls: { quote: 40, delta: 85, gap: 1 }, told: null });
    expect((await other.add(8, {}, null, {})).calls).toEqual({});
    expect(await server.redis.ttl('budget:7')).toBeGreaterThan(25 * 3600);
    await server.redis.flushdb();
    expect((await one.add(7, { quote: 1 }, null, { quote: 44, delta: 90 })).calls).toEqual({
      quote: 45,
      delta: 90,
    });
  });

  it('carries the newest word of Salesforce, whoever heard it', async () => {
    const one = new RedisBudget({ redis: await process(), patienceMs });
    const other = new RedisBudget({ redis: await process(), patienceMs });
    const told = (second: number, refused?: number): ToldUsage => ({
      used: second,
      limit: 100,
      toldAt: new Date(second * 1000),
      refusedAt: refused === undefined ? null : new Date(refused * 1000),
    });
    await one.add(7, {}, told(10), {});
    expect((await other.add(7, {}, told(5), {})).told).toEqual(told(10));
    await other.add(7, {}, told(10, 20), {});
    expect((await one.add(7, {}, told(15), {})).told).toEqual(told(10, 20));
    expect((await one.add(7, {}, told(30), {})).told).toEqual(told(30));
  });
});

describe('shared places', () => {
  it('are as many as the limit says, for as long as the lease, and can be given up', async () => {
    const [one, other] = [
      new RedisSlots({ redis: await process(), patienceMs }),
      new RedisSlots({ redis: await process(), patienceMs }),
    ];
    const taken = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        (at % 2 === 0 ? one : other).take('long', `holder-${at}`, 3, 60_000),
      ),
    );
    expect(taken.filter(Boolean)).toHaveLength(3);
    const holder = `holder-${taken.indexOf(true)}`;
    expect(await one.take('long', holder, 3, 60_000)).toBe(true);
    expect(await one.take('long', 'late', 3, 60_000)).toBe(false);
    await other.leave('long', holder);
    expect(await one.take('long', 'late', 3, 60_000)).toBe(true);
    await server.redis.zadd('slots:long', 0, 'late');
    expect(await one.take('long', 'after the end of its lease', 3, 60_000)).toBe(true);
  });
});

describe('the board of the fleet', () => {
  it('shows what each process last told, until that is too old', async () => {
    const board = new RedisFleetBoard({ redis: await process(), patienceMs });
    await board.post('one', 'a', 60);
    await board.post('one', 'b', 60);
    await board.post('other', 'c', 60);
    expect(await board.read()).toEqual(
      new Map([
        ['one', 'b'],
        ['other', 'c'],
      ]),
    );
    await server.redis.zadd('fleet:ends', 0, 'other');
    expect(await board.read()).toEqual(new Map([['one', 'b']]));
  });
});

describe('a text that the fleet agrees on', () => {
  const texts = async () => new RedisFleetText({ redis: await process(), clock, log, patienceMs });

  it('is made once, and again by one when it is of no use any more', async () => {
    const fleet = await Promise.all(Array.from({ length: 6 }, texts));
    let made = 0;
    const agree = (useless: string | undefined) =>
      Promise.all(
        fleet.map((one) =>
          one.agree(
            'session',
            (text) => text !== useless,
            async () => {
              made++;
              await clock.sleep();
              return { text: `made ${made}`, lifeSeconds: 60 };
            },
          ),
        ),
      );
    expect(new Set(await agree(undefined))).toEqual(new Set(['made 1']));
    expect(new Set(await agree('made 1'))).toEqual(new Set(['made 2']));
    expect(made).toBe(2);
  });

  it('whose maker fails leaves the next one free to try', async () => {
    const one = await texts();
    const fails = one.agree(
      'session',
      () => true,
      () => Promise.reject(new Error('refused')),
    );
    await expect(fails).rejects.toThrow('refused');
    expect(
      await one.agree(
        'session',
        () => true,
        () => Promise.resolve({ text: 'x', lifeSeconds: 9 }),
      ),
    ).toBe('x');
  });

  it('is found by a process that has only just begun to connect', async () => {
    const first = await texts();
    await first.agree(
      'session',
      () => true,
      () => Promise.resolve({ text: 'made', lifeSeconds: 60 }),
    );
    const redis = connectFast({ url: server.url, name: 'budget' });
    connections.push(redis);
    const late = new RedisFleetText({ redis, clock, log, patienceMs });
    expect(
      await late.agree(
        'session',
        () => true,
        () => Promise.reject(new Error('made anew')),
      ),
    ).toBe('made');
  });

  it('is made by everybody alone while the server is away', async () => {
    const one = await texts();
    for (const connection of connections) connection.disconnect();
    expect(
      await one.agree(
        'session',
        () => true,
        () => Promise.resolve({ text: 'own', lifeSeconds: 9 }),
      ),
    ).toBe('own');
  });
});

describe('rates', () => {
  const rates = async (exact: boolean) => {
    const options = { redis: await process(), name: 'test', perSecond: 1, clock, log };
    return exact ? new ExactClientRates(options) : new SpreadClientRates(options);
  };

  it.each([true, false])(
    'hold a caller who spreads over processes (exact: %s), and say when to come back',
    async (exact) => {
      const [one, other] = [await rates(exact), await rates(exact)];
      const take = async (from: typeof one, calls: number) => {
        let taken = 0;
        for (let call = 0; call < calls; call++) if ((await from.take('key:a')).ok) taken++;
        if ('share' in from) await from.share();
        return taken;
      };
      expect((await take(one, 6)) + (await take(other, 4))).toBe(10);
      await take(one, 1);
      expect(await take(one, 5)).toBe(0);
      const refused = await one.take('key:a');
      expect(refused).toMatchObject({ ok: false, retryAfterMs: expect.any(Number) });
      expect(await other.take('key:b')).toEqual({ ok: true });
    },
  );

  it.each([true, false])('hold without the server too (exact: %s)', async (exact) => {
    const one = await rates(exact);
    for (const connection of connections) connection.disconnect();
    let taken = 0;
    for (let call = 0; call < 15; call++) if ((await one.take('key:a')).ok) taken++;
    expect(taken).toBe(10);
  });
});
