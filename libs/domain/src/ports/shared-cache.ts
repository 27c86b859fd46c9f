/** A cached text and the generation of its scopes that it was filled under. */
export interface CacheLookup {
  readonly value: string | null;
  /** Hand back to `fill`: a fill under an outdated generation is dropped, so a slow load cannot undo an invalidation. */
  readonly generation: string;
}

/**
 * The cache that all processes share. It may lose everything at any time and may be away: then lookups miss and fills
 * are dropped, quickly (50 ms), and nothing throws.
 */
export interface SharedCache {
  /** @param scopes names whose invalidation drops this entry */
  lookup(key: string, scopes: readonly string[]): Promise<CacheLookup>;
  /** @returns false when the entry was not stored */
  fill(
    key: string,
    scopes: readonly string[],
    generation: string,
    value: string,
    ttlSeconds: number,
  ): Promise<boolean>;
  invalidate(scopes: readonly string[]): Promise<void>;
  /** Drops every entry whose key begins with this prefix (`catalog:`). */
  invalidateAll(prefix: string): Promise<void>;
}

/** Drops cache entries of changed records after their commit. */
export interface CacheInvalidator {
  invalidate(scopes: readonly string[]): Promise<void>;
  invalidateAllCatalogs(): Promise<void>;
}

/** Counters that all processes share, each with a time to live. Throws UmbraError QUEUE_UNAVAILABLE when away. */
export interface SharedCounters {
  add(name: string, by: number, ttlSeconds: number): Promise<number>;
  get(name: string): Promise<number>;
}
