import type { Redis } from 'ioredis';
import {
  allCatalogScope,
  type CacheEntry,
  type CacheInvalidator,
  type CacheLookup,
  type Clock,
  type Log,
  type SharedCache,
} from '@umbra/domain';
import { within } from '../connection/deadline.ts';
import { translateError } from '../translate-error.ts';
import { CacheStore } from './cache-store.ts';
import { OwedInvalidations } from './owed-invalidations.ts';

export interface RedisCacheOptions {
  /** From `connectFast`. */
  readonly redis: Redis;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
  /** How long a reader waits for the cache. */
  readonly patienceMs?: number;
  /** How long the cache is left alone after it made a reader wait in vain. */
  readonly restMs?: number;
  /** How long a writer waits for an invalidation: nobody looks at a clock, and giving up costs a repetition. */
  readonly invalidationPatienceMs?: number;
}

/** A larger value would hold up everybody else's 50 ms while it travels. */
const LARGEST_VALUE = 1024 * 1024;

/**
 * The shared cache on Redis.
 *
 * Promise: a reader waits at most `patienceMs` for it, and only one reader per `restMs` waits in vain; after that
 * lookups miss and fills are dropped at once. Nothing throws. Turn `patienceMs` up where Redis is far away; down, and
 * a busy server is taken for a dead one.
 */
export class RedisCache implements SharedCache, CacheInvalidator {
  readonly #store: CacheStore;
  readonly #owed: OwedInvalidations;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #log: Log;
  readonly #patienceMs: number;
  readonly #restMs: number;
  /** Until then the cache is left alone, in the clock's milliseconds. */
  #restUntil = 0;
  /** Whether the last use failed; the log tells only the change. */
  #away = false;

  constructor(options: RedisCacheOptions) {
    this.#store = new CacheStore(options.redis);
    this.#clock = options.clock;
    this.#log = options.log;
    this.#patienceMs = options.patienceMs ?? 50;
    this.#restMs = options.restMs ?? 1_000;
    const invalidationPatienceMs = options.invalidationPatienceMs ?? 1_000;
    this.#owed = new OwedInvalidations(
      (scopes) => within(invalidationPatienceMs, this.#store.invalidate(scopes)),
      (error) => this.#log.warn({ err: translateError(error) }, 'cache invalidation owed'),
    );
    options.redis.on('ready', () => {
      this.#restUntil = 0;
      void this.#owed.attempt();
    });
  }

  async lookup(keys: readonly string[]): Promise<CacheLookup> {
    const missed: CacheLookup = { values: keys.map(() => null), generation: null };
    if (keys.length === 0) return missed;
    return this.#use(missed, () => this.#store.lookup(keys));
  }

  async fill(entries: readonly CacheEntry[], generation: string | null): Promise<number> {
    const kept = entries.filter(({ ttlSeconds, value }) => ttlSeconds >= 1 && value.length <= LARGEST_VALUE);
    if (kept.length === 0 || generation === null) return 0;
    return this.#use(0, () => this.#store.fill(kept, generation));
  }

  async invalidate(scopes: readonly string[]): Promise<void> {
    if (scopes.length > 0) await this.#owed.add(scopes);
  }

  async invalidateAll(prefix: string): Promise<void> {
    await this.#owed.add([prefix]);
  }

  async invalidateAllCatalogs(): Promise<void> {
    await this.#owed.add([allCatalogScope]);
  }

  /** Invalidations that have not reached Redis yet: 0 after a successful one, for commands that report success. */
  get owedInvalidations(): number {
    return this.#owed.size;
  }

  /** Gives owed invalidations a last try. The connection belongs to whoever opened it. */
  async close(): Promise<void> {
    await this.#owed.attempt();
    this.#owed.close();
  }

  async #use<T>(otherwise: T, work: () => Promise<T>): Promise<T> {
    if (this.#clock.monotonic() < this.#restUntil) return otherwise;
    try {
      const result = await within(this.#patienceMs, work());
      if (this.#away) this.#log.info({}, 'cache back');
      this.#away = false;
      return result;
    } catch (error) {
      this.#restUntil = this.#clock.monotonic() + this.#restMs;
      if (!this.#away) this.#log.warn({ err: translateError(error) }, 'cache away, reads go on without it');
      this.#away = true;
      return otherwise;
    }
  }
}
