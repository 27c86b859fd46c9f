/** One entry to be stored. */
export interface CacheEntry {
  readonly key: string;
  /** Names whose invalidation drops this entry, besides the key's own prefix. They may be learnt from the load. */
  readonly scopes: readonly string[];
  readonly value: string;
  /** Every entry has an end, or the cache would one day fill the server that the queue lives on. */
  readonly ttlSeconds: number;
}

/** Cached texts in the order of the keys asked for, and the moment of asking. */
export interface CacheLookup {
  /** null: absent, invalidated or outlived. */
  readonly values: readonly (string | null)[];
  /**
   * Hand back to `fill`: an entry of which a scope was invalidated since is dropped, so that a reader who loaded the
   * old row just before a commit cannot put it back after the invalidation. null when the cache is away.
   */
  readonly generation: string | null;
}

/**
 * The cache that all processes share. It may lose everything at any time and may be away: then lookups miss and fills
 * are dropped, quickly (50 ms), and nothing throws.
 *
 * A key begins with its prefix, the part up to and including the first colon (`catalog:`). Every prefix is also a
 * scope of all its entries.
 */
export interface SharedCache {
  lookup(keys: readonly string[]): Promise<CacheLookup>;
  /** Stores what the generation still allows. @returns how many entries were stored */
  fill(entries: readonly CacheEntry[], generation: string | null): Promise<number>;
  invalidate(scopes: readonly string[]): Promise<void>;
  /** Drops every entry whose key begins with this prefix (`catalog:`). */
  invalidateAll(prefix: string): Promise<void>;
}

/**
 * Drops cache entries of changed records after their commit. Never throws: what cannot be delivered now is owed and
 * delivered once the cache is back; until then an entry lives at most its own lifetime, and says how old it is.
 */
export interface CacheInvalidator {
  /** @param scopes from `scopesTouchedBy`; `allCatalogScope` and `allEligibilityScope` are scopes too */
  invalidate(scopes: readonly string[]): Promise<void>;
  invalidateAllCatalogs(): Promise<void>;
}
