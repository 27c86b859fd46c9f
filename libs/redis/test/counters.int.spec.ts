import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openTestRedis, type TestRedis } from '@umbra/testing';
import type { Redis } from 'ioredis';
import { connectFast } from '../src/connection/connection.ts';
import { RedisCounters } from '../src/counters.ts';
import { connected } from './connections.ts';

describe('shared counters', () => {
  let server: TestRedis;
  let connection: Redis;
  let counters: RedisCounters;

  beforeEach(async () => {
    server = await openTestRedis();
    connection = await connected(connectFast({ url: server.url, name: 'counters' }));
    counters = new RedisCounters({ redis: connection, patienceMs: 10_000 });
  });

  afterEach(async () => {
    connection.disconnect();
    await server.close();
  });

  it('adds up what all processes add', async () => {
    const other = new RedisCounters({ redis: server.redis, patienceMs: 10_000 });
    await Promise.all(
      Array.from({ length: 50 }, (_, at) => (at % 2 === 0 ? counters : other).add('calls', 2, 60)),
    );
    expect(await counters.get('calls')).toBe(100);
    expect(await counters.get('none')).toBe(0);
  });

  it('ends a window when it was to end, however often something is added', async () => {
    await counters.add('calls', 1, 60);
    await counters.add('calls', 1, 86_400);
    expect(await server.redis.ttl('counter:calls')).toBeLessThanOrEqual(60);
  });
});
