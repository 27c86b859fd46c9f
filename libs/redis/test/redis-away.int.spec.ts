import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FaultProxy, RecordingLog, startOwnRedis, type OwnRedis } from '@umbra/testing';
import type { Redis } from 'ioredis';
import { RedisCache } from '../src/cache/redis-cache.ts';
import { connectFast } from '../src/connection/connection.ts';
import { RedisBudget } from '../src/budget/redis-budget.ts';
import { ShadowSyncQueue } from '../src/queue/job-queue.ts';
import { QueueHealth } from '../src/queue/queue-health.ts';
import { QueuedRefreshRequests } from '../src/queue/refresh-requests.ts';
import { connected, patientCache } from './connections.ts';

const account = '001000000000001AAA';
const systemClock = { now: () => new Date(), monotonic: () => performance.now() };

describe('Redis away', () => {
  let server: OwnRedis;
  let proxy: FaultProxy;
  let connection: Redis;
  let log: RecordingLog;
  let cache: RedisCache;

  beforeEach(async () => {
    server = await startOwnRedis();
    proxy = await FaultProxy.start({ host: '127.0.0.1', port: server.port });
    log = new RecordingLog();
    connection = await connected(connectFast({ url: proxy.through(server.url), name: 'cache', log }));
    cache = patientCache(connection);
  });

  afterEach(async () => {
    connection.disconnect();
    await cache.close();
    await proxy.close();
    await server.close();
  });

  // Not events.once: that would take an error event of an attempt before for the answer.
  async function nextReady(): Promise<void> {
    await new Promise<void>((resolve) => connection.once('ready', () => resolve()));
  }

  /** The server is up again and the connection too. */
  async function back(): Promise<void> {
    const ready = nextReady();
    proxy.set({ kind: 'pass' });
    await ready;
  }

  /** As readers do all day: look up, load, fill. 50 ms each would be 10 s. */
  async function readOften(): Promise<{ hits: number; ms: number }> {
    const from = performance.now();
    let hits = 0;
    for (let at = 0; at < 200; at += 1) {
      const { values, generation } = await cache.lookup(['catalog:a']);
      hits += values[0] === null ? 0 : 1;
      await cache.fill([{ key: 'catalog:a', scopes: ['catalog:x'], value: 'v', ttlSeconds: 60 }], generation);
    }
    return { hits, ms: performance.now() - from };
  }

  /** What the log says of the cache; the patience of 50 ms may end by itself on a busy machine, and come back. */
  function lastNews(): string | undefined {
    return log.messages().findLast((message) => message.startsWith('cache '));
  }

  it.each([
    ['black-holed', () => Promise.resolve(proxy.set({ kind: 'black-hole' }))],
    ['half a second slow', () => Promise.resolve(proxy.set({ kind: 'latency', ms: 500 }))],
    ['cut off', () => Promise.resolve(proxy.set({ kind: 'down' }))],
    ['killed', () => server.kill()],
  ])('%s in mid-flight: lookups miss quickly and nothing throws', async (_how, strike) => {
    cache = new RedisCache({ redis: connection, clock: systemClock, log });
    await readOften();
    const inFlight = readOften();
    await strike();
    await inFlight;
    const { hits, ms } = await readOften();
    expect(hits).toBe(0);
    expect(ms).toBeLessThan(2_000);
    expect(lastNews()).toBe('cache away, reads go on without it');
    expect(log.messages().length).toBeLessThan(20);
  });

  it('a peer that says nothing is given up, so that commands do not pile up behind it', async () => {
    proxy.set({ kind: 'black-hole' });
    const closed = new Promise<void>((resolve) => connection.once('close', resolve));
    await cache.lookup(['catalog:a']);
    await closed;
    await back();
    expect((await cache.lookup(['catalog:a'])).generation).not.toBeNull();
  });

  it('an invalidation of that time is delivered once the server is back', async () => {
    const { generation } = await cache.lookup(['catalog:a']);
    await cache.fill([{ key: 'catalog:a', scopes: ['catalog:x'], value: 'old', ttlSeconds: 60 }], generation);
    proxy.set({ kind: 'down' });
    await cache.invalidate(['catalog:x']);
    expect(cache.owedInvalidations).toBe(1);
    await back();
    await cache.close();
    expect(cache.owedInvalidations).toBe(0);
    expect((await cache.lookup(['catalog:a'])).values).toEqual([null]);
  });

  it('a server that comes back empty is used again', async () => {
    await readOften();
    const ready = nextReady();
    await server.kill();
    await server.start();
    await ready;
    const { hits } = await readOften();
    expect(hits).toBe(199);
  });

  it('the count of calls, producers and health say so instead of waiting', async () => {
    const budget = new RedisBudget({ redis: connection });
    const queue = new ShadowSyncQueue({ redis: connection, patienceMs: 3_000 });
    const health = new QueueHealth({ redis: connection, clock: systemClock, patienceMs: 3_000 });
    await queue.add('refresh-record', { object: 'Account', ids: [account] });
    proxy.set({ kind: 'black-hole' });
    const unavailable = { code: 'QUEUE_UNAVAILABLE' };
    await expect(budget.add(1, { quote: 1 }, null, {})).rejects.toMatchObject(unavailable);
    await expect(health.snapshot()).rejects.toMatchObject(unavailable);
    const job = queue.add('refresh-record', { object: 'Account', ids: [account] });
    await expect(job).rejects.toMatchObject(unavailable);
    await new QueuedRefreshRequests({ redis: connection, queue, log, patienceMs: 3_000 }).request('Account', [
      account,
    ]);
    expect(log.messages('warn')).toContain('refresh not requested');
    connection.disconnect();
    await Promise.all([queue.close(), health.close()]);
  });
});
