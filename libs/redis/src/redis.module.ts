import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { ClientRates, Clock, Log } from '@umbra/domain';
import { InvalidationFeed } from './cache/invalidation-feed.ts';
import { NearStore } from './cache/near-store.ts';
import { RedisCache } from './cache/redis-cache.ts';
import { RedisLoadClaims } from './cache/redis-load-claims.ts';
import { RedisBudget } from './budget/redis-budget.ts';
import { connectFast } from './connection/connection.ts';
import { ExactClientRates, SpreadClientRates } from './fleet/client-rates.ts';
import { RedisFleetBoard } from './fleet/redis-fleet-board.ts';
import { RedisFleetText } from './fleet/redis-fleet-text.ts';
import { RedisSlots } from './fleet/redis-slots.ts';
import { ShadowSyncQueue } from './queue/job-queue.ts';
import { JobSchedules } from './queue/job-schedules.ts';
import { QueueHealth } from './queue/queue-health.ts';
import { QueuedRefreshRequests } from './queue/refresh-requests.ts';

/** Injection tokens: there is no emitted type metadata, so every parameter names its token. */
export const SHARED_CACHE = Symbol('SharedCache');
export const CACHE_INVALIDATOR = Symbol('CacheInvalidator');
export const JOB_QUEUE = Symbol('JobQueue');
export const REFRESH_REQUESTS = Symbol('RefreshRequests');
export const QUEUE_HEALTH = Symbol('QueueHealth');

export interface RedisServicesOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a reader waits for the cache. */
  readonly cachePatienceMs?: number;
  /** Whether this process keeps a near cache, which costs a connection that listens. */
  readonly nearCache?: boolean;
}

/** Everything but the consumers, on two connections: what is late in the queue must not make the cache late. */
export class RedisServices implements OnApplicationShutdown {
  readonly cache: RedisCache;
  readonly budget: RedisBudget;
  readonly slots: RedisSlots;
  readonly board: RedisFleetBoard;
  readonly texts: RedisFleetText;
  /** Holds callers to a rate. `exact`: by the count of all processes at every call, which costs a round trip. */
  readonly rates: (of: {
    readonly name: string;
    readonly perSecond: number;
    readonly exact: boolean;
  }) => ClientRates;
  readonly queue: ShadowSyncQueue;
  readonly schedules: JobSchedules;
  readonly refreshRequests: QueuedRefreshRequests;
  readonly health: QueueHealth;
  readonly loadClaims: RedisLoadClaims;
  /** Out of touch, so of little use, unless the process asked for one. */
  readonly near: NearStore;
  readonly #feed: InvalidationFeed | undefined;
  readonly #connections: Redis[];

  constructor({ url, clock, log, cachePatienceMs, nearCache = false }: RedisServicesOptions) {
    const cache = connectFast({ url, name: 'cache', log });
    const queue = connectFast({ url, name: 'queue', log, silenceMs: 5_000 });
    this.#connections = [cache, queue];
    const patience = cachePatienceMs === undefined ? {} : { patienceMs: cachePatienceMs };
    this.cache = new RedisCache({ redis: cache, clock, log, ...patience });
    this.budget = new RedisBudget({ redis: cache, ...patience });
    this.slots = new RedisSlots({ redis: cache, ...patience });
    this.board = new RedisFleetBoard({ redis: cache });
    this.texts = new RedisFleetText({ redis: cache, clock, log });
    this.rates = ({ exact, ...of }) => {
      const options = { ...of, redis: cache, clock, log };
      return exact ? new ExactClientRates(options) : new SpreadClientRates(options);
    };
    this.queue = new ShadowSyncQueue({ redis: queue });
    this.schedules = new JobSchedules({ redis: queue });
    this.refreshRequests = new QueuedRefreshRequests({ redis: queue, queue: this.queue, log });
    this.health = new QueueHealth({ redis: queue, clock });
    this.loadClaims = new RedisLoadClaims({ redis: cache, ...patience });
    this.near = new NearStore({ clock });
    if (nearCache) {
      const listener = connectFast({ url, name: 'invalidations', log });
      this.#connections.push(listener);
      this.#feed = new InvalidationFeed({ redis: listener, near: this.near, clock });
    }
  }

  /** Delivers owed invalidations if it can, then closes the connections. */
  async close(): Promise<void> {
    this.#feed?.close();
    await this.cache.close();
    await Promise.allSettled([this.queue.close(), this.schedules.close(), this.health.close()]);
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
