import type { Redis } from 'ioredis';

/** States in which a fast connection is about to be usable; in all others its commands fail at once, and rightly. */
const coming = new Set(['connecting', 'connect']);

/**
 * Waits for a connection that is just being made, `ms` at most. A process that has just started would else take its
 * server for absent. Never rejects: whether the connection can be used is what the command will tell.
 */
export async function whenReady(redis: Redis, ms: number): Promise<void> {
  if (!coming.has(redis.status)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      redis.off('ready', done).off('close', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    redis.once('ready', done).once('close', done);
  });
}
