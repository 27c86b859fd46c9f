import { Redis } from 'ioredis';
import { testServices } from '../services.ts';

/** An empty logical database of the run's Redis, for one test. */
export interface TestRedis {
  readonly url: string;
  /** A connection for looking at what the code under test did. */
  readonly redis: Redis;
  close(): Promise<void>;
}

/** Logical databases 1 to 255 go round; the run's server has 256. */
const DATABASES = 255;

/** Takes the next logical database and empties it. Close it at the end of the test. */
export async function openTestRedis(): Promise<TestRedis> {
  const { redisUrl } = testServices();
  const counter = new Redis(redisUrl);
  const drawn = await counter.incr('test:database');
  counter.disconnect();
  const url = new URL(redisUrl);
  url.pathname = `/${1 + (drawn % DATABASES)}`;
  const redis = new Redis(url.href);
  await redis.flushdb();
  return {
    url: url.href,
    redis,
    async close() {
      await redis.flushdb();
      redis.disconnect();
    },
  };
}
