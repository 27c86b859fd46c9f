import {
  allCatalogScope,
  secondsUntilStale,
  type CacheEntry,
  type Clock,
  type Meter,
  type SharedCache,
} from '@umbra/domain';
import type { z } from 'zod';
import type { Cached, Dated, Question } from '../source/question.ts';
import { ordinaryRules, type SourceRules } from '../source/source-rules.ts';

/** A cached absence hides the record that somebody creates next, until the change stream or this life ends it. */
const ABSENCE_SECONDS = 60;
/** An answer that is already past its bound is kept only against storms: its successor may come any moment. */
const STALE_SECONDS = 60;

export interface CacheAnswer<V> {
  readonly values: ReadonlyMap<string, Cached<V>>;
  /** Hand back to `fill`. */
  readonly generation: string | null;
}

/**
 * What is cached of the read path, how long, and what drops it. Keys and scopes come from `@umbra/domain`, where
 * the write path finds the same ones. Nothing throws: without its server the cache misses.
 *
 * Lifetimes: an answer lives until it passes its area's bound, which is also the longest life; the rules of the moment
 * may stretch it. It carries its `asOf`, so it never seems fresher than on the day it was cached.
 */
export class CatalogCacheService {
  readonly #cache: SharedCache;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #meter: Meter;

  constructor(options: {
    readonly cache: SharedCache;
    readonly clock: Pick<Clock, 'now'>;
    readonly meter: Meter;
  }) {
    this.#cache = options.cache;
    this.#clock = options.clock;
    this.#meter = options.meter;
  }

  async lookup<V>(question: Question<V>, ids: readonly string[]): Promise<CacheAnswer<V>> {
    const { caching, area } = question;
    if (caching === null) return { values: new Map(), generation: null };
    const { values, generation } = await this.#cache.lookup(ids.map(caching.keyOf));
    const found = new Map<string, Cached<V>>();
    for (const [at, id] of ids.entries()) {
      const text = values[at] ?? null;
      const dated = text === null ? undefined : decode(caching.entry, text);
      if (dated !== undefined) found.set(id, dated);
    }
    const result = generation === null ? 'unavailable' : 'miss';
    if (found.size > 0) this.#meter.count('bff_cache_requests_total', { area, result: 'hit' }, found.size);
    if (found.size < ids.length) {
      this.#meter.count('bff_cache_requests_total', { area, result }, ids.length - found.size);
    }
    return { values: found, generation };
  }

  async fill<V>(
    question: Question<V>,
    values: ReadonlyMap<string, Dated<V>>,
    generation: string | null,
    { lifeFactor }: Pick<SourceRules, 'lifeFactor'> = ordinaryRules,
  ): Promise<void> {
    const { caching, scopesOf } = question;
    if (caching === null || generation === null || values.size === 0) return;
    const filledAt = this.#clock.now().toISOString();
    const entries: CacheEntry[] = [...values].map(([id, { value, asOf }]) => ({
      key: caching.keyOf(id),
      scopes: scopesOf(id),
      value: JSON.stringify({ asOf: asOf.toISOString(), filledAt, value }),
      ttlSeconds: this.#life(question, asOf, caching.isAbsence(value), lifeFactor),
    }));
    await this.#cache.fill(
      entries.filter(({ ttlSeconds }) => ttlSeconds > 0),
      generation,
    );
  }

  /** Drops what depends on these scopes. @see scopesTouchedBy */
  async invalidate(scopes: readonly string[]): Promise<void> {
    await this.#cache.invalidate(scopes);
  }

  /** Drops every list, product and price. */
  async invalidateAllCatalogs(): Promise<void> {
    await this.#cache.invalidateAll(allCatalogScope);
  }

  #life<V>(question: Question<V>, asOf: Date, isAbsence: boolean, factor: number): number {
    const left = secondsUntilStale(asOf, this.#clock.now(), question.boundSeconds * factor);
    if (isAbsence) return Math.min(left, ABSENCE_SECONDS);
    if (left > 0) return left;
    return question.liveWhenStale ? 0 : Math.min(STALE_SECONDS, question.boundSeconds);
  }
}

/** undefined for what another release wrote, or nobody of us. */
function decode<V>(entry: z.ZodType<Cached<V>>, text: string): Cached<V> | undefined {
  try {
    return entry.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
