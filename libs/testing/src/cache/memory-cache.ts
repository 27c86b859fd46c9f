import type { CacheEntry, CacheLookup, Clock, SharedCache } from '@umbra/domain';

interface Stored {
  readonly value: string;
  readonly scopes: ReadonlySet<string>;
  readonly endsAt: number;
}

/** `SharedCache` in memory, held to the same contract as the one on Redis. */
export class MemoryCache implements SharedCache {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #entries = new Map<string, Stored>();
  /** Count at which a scope was last invalidated. */
  readonly #raised = new Map<string, number>();
  #count = 0;
  /** New after everything was lost. */
  #epoch = 0;
  /** While true it behaves as the real one does without its server. */
  away = false;

  constructor(clock: Pick<Clock, 'now'> = { now: () => new Date() }) {
    this.#clock = clock;
  }

  lookup(keys: readonly string[]): Promise<CacheLookup> {
    if (this.away) return Promise.resolve({ values: keys.map(() => null), generation: null });
    const now = this.#clock.now().getTime();
    const values = keys.map((key) => {
      const stored = this.#entries.get(key);
      return stored !== undefined && stored.endsAt > now ? stored.value : null;
    });
    return Promise.resolve({ values, generation: JSON.stringify([this.#epoch, this.#count]) });
  }

  fill(entries: readonly CacheEntry[], generation: string | null): Promise<number> {
    if (this.away || generation === null) return Promise.resolve(0);
    const [epoch, count] = JSON.parse(generation) as [number, number];
    const now = this.#clock.now().getTime();
    let stored = 0;
    for (const { key, scopes, value, ttlSeconds } of entries) {
      const all = new Set([...scopes, key.slice(0, key.indexOf(':') + 1)]);
      const raised = [...all].some((scope) => (this.#raised.get(scope) ?? -1) > count);
      if (epoch !== this.#epoch || raised || ttlSeconds < 1) continue;
      this.#entries.set(key, { value, scopes: all, endsAt: now + ttlSeconds * 1000 });
      stored += 1;
    }
    return Promise.resolve(stored);
  }

  invalidate(scopes: readonly string[]): Promise<void> {
    if (this.away) return Promise.resolve();
    this.#count += 1;
    for (const scope of scopes) {
      this.#raised.set(scope, this.#count);
      for (const [key, stored] of this.#entries) if (stored.scopes.has(scope)) this.#entries.delete(key);
    }
    return Promise.resolve();
  }

  invalidateAll(prefix: string): Promise<void> {
    return this.invalidate([prefix]);
  }

  /** Loses everything, as a restart without persistence does. */
  loseEverything(): void {
    this.#entries.clear();
    this.#raised.clear();
    this.#count = 0;
    this.#epoch += 1;
  }

  keys(): string[] {
    return [...this.#entries.keys()];
  }
}
