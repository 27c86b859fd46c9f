import type { Clock } from '@umbra/domain';
import { Readiness, type StartChecks } from '@umbra/platform';
import type { RedisServices } from '@umbra/redis';
import type { Store } from '@umbra/store';

export interface ReadinessSources {
  readonly store: Pick<Store, 'ping'>;
  readonly redis: Pick<RedisServices, 'health'>;
  readonly checks: { readonly postgres: StartChecks; readonly redis: StartChecks };
  readonly takesJobs: () => boolean;
  /** undefined: switched off, and then no part of the report. */
  readonly streamsOpen: (() => boolean) | undefined;
  /** Whether the event loop has turned all the time, or what we own was confirmed since it did not. */
  readonly loopTrusted: () => boolean;
  readonly clock: Clock;
}

/**
 * Ready while PostgreSQL answers, its schema is known and we may believe that what we own is ours; without Redis or
 * Salesforce the worker waits, degraded.
 */
export function workerReadiness(sources: ReadinessSources): Readiness<string> {
  const { checks, clock, loopTrusted, redis, store, streamsOpen, takesJobs } = sources;
  return new Readiness<string>({
    checks: {
      postgres: async () => {
        await store.ping();
        return checks.postgres.passed('postgres');
      },
      redis: async () => {
        await redis.health.snapshot();
        return checks.redis.passed('redis');
      },
      consumers: () => Promise.resolve(takesJobs()),
      ...(streamsOpen === undefined ? {} : { streams: () => Promise.resolve(streamsOpen()) }),
      eventLoop: () => Promise.resolve(loopTrusted()),
    },
    verdict: ({ eventLoop, postgres }) => postgres === 'up' && eventLoop === 'up',
    clock,
  });
}
