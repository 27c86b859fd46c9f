import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openTestRedis, RecordingLog, sharedCacheContract, type TestRedis } from '@umbra/testing';
import type { Redis } from 'ioredis';
import type { RedisCache } from '../src/cache/redis-cache.ts';
import { connectFast } from '../src/connection/connection.ts';
import { connected, patientCache } from './connections.ts';

sharedCacheContract('on Redis', async () => {
  const server = await openTestRedis();
  const connection = await connected(connectFast({ url: server.url, name: 'cache' }));
  const cache = patientCache(connection);
  return {
    cache,
    loseEverything: async () => void (await server.redis.flushdb()),
    close: async () => {
      await cache.close();
      connection.disconnect();
      await server.close();
    },
  };
});

describe('cache on Redis', () => {
  let server: TestRedis;
  let connection: Redis;
  let cache: RedisCache;

  beforeEach(async () => {
    server = await openTestRedis();
    connection = await connected(connectFast({ url: server.url, name: 'cache' }));
    cache = patientCache(connection);
  });

  afterEach(async () => {
    await cache.close();
    connection.disconnect();
    await server.close();
  });

  async function fill(key: string, scopes: string[], ttlSeconds = 60): Promise<void> {
    const { generation } = await cache.lookup([key]);
    await cache.fill([{ key, scopes, value: 'v', ttlSeconds }], generation);
  }

  it('everything but its one state key has a lifetime, so that it never fills the server for good', async () => {
    await fill('catalog:a', ['catalog:x', 'catalog:y'], 60);
    await fill('catalog:b', ['catalog:x'], 900);
    await cache.invalidate(['catalog:y', 'catalog:z']);
    await cache.invalidateAll('eligibility:');
    const lives = new Map<string, number>();
    for (const key of await server.redis.keys('*')) lives.set(key, await server.redis.ttl(key));
    expect(lives.get('cache:state')).toBe(-1);
    lives.delete('cache:state');
    expect([...lives.values()].every((life) => life > 0)).toBe(true);
    // As long as the longest entry filled under it.
    expect(lives.get('cache:members:catalog:x')).toBeGreaterThan(800);
    expect(lives.get('catalog:b')).toBeGreaterThan(800);
  });

  it('a hundred keys cost one round trip each way', async () => {
    const keys = Array.from({ length: 100 }, (_, at) => `catalog:product:${at}`);
    const { generation } = await cache.lookup(keys);
    const entries = keys.map((key) => ({ key, scopes: [`${key}:scope`], value: key, ttlSeconds: 60 }));
    expect(await cache.fill(entries, generation)).toBe(100);
    expect((await cache.lookup(keys)).values).toEqual(keys);
  });

  it('a value too large to travel quickly is not stored', async () => {
    const { generation } = await cache.lookup(['catalog:a']);
    const value = 'x'.repeat(1024 * 1024 + 1);
    expect(await cache.fill([{ key: 'catalog:a', scopes: [], value, ttlSeconds: 60 }], generation)).toBe(0);
  });

  it('foreign data under our keys is a miss, not an accident', async () => {
    const log = new RecordingLog();
    const watched = patientCache(connection, { log });
    await server.redis.set('catalog:a', 'not ours');
    expect((await watched.lookup(['catalog:a'])).values).toEqual([null]);
    expect(log.lines.map(({ fields }) => fields['err'])).toEqual([
      expect.objectContaining({ code: 'QUEUE_REJECTED' }),
    ]);
  });

  it('reports an invalidation that has not arrived', async () => {
    connection.disconnect();
    await cache.invalidateAllCatalogs();
    expect(cache.owedInvalidations).toBe(1);
  });
});
