import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { Clock, Log } from '@umbra/domain';
import { RedisCache } from './cache/redis-cache.ts';
import { connectFast } from './connection/connection.ts';
import { RedisCounters } from './counters.ts';
import { ShadowSyncQueue } from './queue/job-queue.ts';
import { QueueHealth } from './queue/queue-health.ts';
import { QueuedRefreshRequests } from './queue/refresh-requests.ts';

/** Injection tokens: there is no emitted type metadata, so every parameter names its token. */
export const SHARED_CACHE = Symbol('SharedCache');
export const CACHE_INVALIDATOR = Symbol('CacheInvalidator');
export const SHARED_COUNTERS = Symbol('SharedCounters');
export const JOB_QUEUE = Symbol('JobQueue');
export const REFRESH_REQUESTS = Symbol('RefreshRequests');
export const QUEUE_HEALTH = Symbol('QueueHealth');

export interface RedisServicesOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a reader waits for the cache. */
  readonly cachePatienceMs?: number;
}

/** Everything but the consumers, on two connections: what is late in the queue must not make the cache late. */
export class RedisServices implements OnApplicationShutdown {
  readonly cache: RedisCache;
  readonly counters: RedisCounters;
  readonly queue: ShadowSyncQueue;
  readonly refreshRequests: QueuedRefreshRequests;
  readonly health: QueueHealth;
  readonly #connections: readonly Redis[];

  constructor({ url, clock, log, cachePatienceMs }: RedisServicesOptions) {
    const cache = connectFast({ url, name: 'cache', log });
    const queue = connectFast({ url, name: 'queue', log, silenceMs: 5_000 });
    this.#connections = [cache, queue];
    const patience = cachePatienceMs === undefined ? {} : { patienceMs: cachePatienceMs };
    this.cache = new RedisCache({ redis: cache, clock, log, ...patience });
    this.counters = new RedisCounters({ redis: cache, ...patience });
    this.queue = new ShadowSyncQueue({ redis: queue });
    this.refreshRequests = new QueuedRefreshRequests({ redis: queue, queue: this.queue, log });
    this.health = new QueueHealth({ redis: queue, clock });
  }

  /** Delivers owed invalidations if it can, then closes the connections. */
  async close(): Promise<void> {
    await this.cache.close();
    await Promise.allSettled([this.queue.close(), this.health.close()]);
    for (const connection of this.#connections) connection.disconnect();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}

/** The services as Nest providers. Plain calls instead of decorators, so that Node runs this file as it is. */
export class RedisModule {
  static forRoot(options: RedisServicesOptions): DynamicModule {
    const part = (token: symbol, pick: (services: RedisServices) => unknown) => ({
      provide: token,
      useFactory: pick,
      inject: [RedisServices],
    });
    const parts = [
      part(SHARED_CACHE, ({ cache }) => cache),
      part(CACHE_INVALIDATOR, ({ cache }) => cache),
      part(SHARED_COUNTERS, ({ counters }) => counters),
      part(JOB_QUEUE, ({ queue }) => queue),
      part(REFRESH_REQUESTS, ({ refreshRequests }) => refreshRequests),
      part(QUEUE_HEALTH, ({ health }) => health),
    ];
    return {
      module: RedisModule,
      global: true,
      providers: [{ provide: RedisServices, useFactory: () => new RedisServices(options) }, ...parts],
      exports: [RedisServices, ...parts.map(({ provide }) => provide)],
    };
  }
}
