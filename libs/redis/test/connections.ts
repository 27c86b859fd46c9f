import { once } from 'node:events';
import type { Redis } from 'ioredis';
import { RecordingLog } from '@umbra/testing';
import { RedisCache, type RedisCacheOptions } from '../src/cache/redis-cache.ts';

/** The connection, once it can be used: the fast ones refuse to queue what comes earlier. */
export async function connected(redis: Redis): Promise<Redis> {
  if (redis.status !== 'ready') await once(redis, 'ready');
  return redis;
}

/** A cache whose patience does not depend on how busy the machine of the tests is. */
export function patientCache(redis: Redis, options: Partial<RedisCacheOptions> = {}): RedisCache {
  return new RedisCache({
    redis,
    clock: { monotonic: () => performance.now() },
    log: new RecordingLog(),
    patienceMs: 10_000,
    invalidationPatienceMs: 10_000,
    ...options,
  });
}
