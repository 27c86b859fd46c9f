/** The moment before a load, as the near cache counts. Hand it back to `keep`. */
export interface NearMark {
  readonly seen: number;
  /** Milliseconds of the clock's `monotonic`. */
  readonly at: number;
}

export interface NearEntry {
  readonly value: object;
  /** Names whose invalidation drops this entry; a prefix (`catalog:`) drops every entry with a scope below it. */
  readonly scopes: readonly string[];
  /** How long it may be found, in milliseconds, at most. */
  readonly lifeMs: number;
  /** Roughly what it takes of memory, in bytes. */
  readonly bytes: number;
}

/**
 * What one process remembers by itself, in front of the cache that all share. Invalidations of other processes reach
 * it within a second. While it cannot be sure of that, it finds only what was loaded less than a second ago: enough
 * against a storm, and no older than what it would have missed. An invalidation that nobody ever sent is outlived by
 * no entry, as every one has an end. Nothing throws.
 */
export interface NearCache {
  find(key: string): { readonly value: object; readonly ageMs: number } | undefined;
  mark(): NearMark;
  /** @returns false when a scope was invalidated since the mark, so that what was loaded may be outdated */
  keep(key: string, entry: NearEntry, mark: NearMark): boolean;
}
