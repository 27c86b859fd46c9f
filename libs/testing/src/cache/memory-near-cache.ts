import type { Clock, NearCache, NearEntry, NearMark } from '@umbra/domain';

interface Held extends NearEntry {
  readonly since: number;
}

/** `NearCache` in memory that hears only what a test tells it, held to the same contract as the one in front of Redis. */
export class MemoryNearCache implements NearCache {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #entries = new Map<string, Held>();
  readonly #raised = new Map<string, number>();
  #seen = 0;
  /** false: it does not hear of invalidations, and knows. */
  inTouch = true;

  constructor(clock: Pick<Clock, 'monotonic'> = { monotonic: () => performance.now() }) {
    this.#clock = clock;
  }

  find(key: string): { readonly value: object; readonly ageMs: number } | undefined {
    const held = this.#entries.get(key);
    if (held === undefined) return undefined;
    const ageMs = this.#clock.monotonic() - held.since;
    if (ageMs >= held.lifeMs || (!this.inTouch && ageMs >= 1_000)) return undefined;
    return { value: held.value, ageMs };
  }

  mark(): NearMark {
    return { seen: this.#seen, at: this.#clock.monotonic() };
  }

  keep(key: string, entry: NearEntry, mark: NearMark): boolean {
    const isRaised = [...this.#raised].some(([scope, at]) => at > mark.seen && touches(entry, scope));
    if (isRaised || entry.lifeMs <= 0) return false;
    this.#entries.set(key, { ...entry, since: mark.at });
    return true;
  }

  /** An invalidation is heard of. */
  invalidated(scopes: readonly string[]): void {
    this.#seen += 1;
    for (const scope of scopes) {
      this.#raised.set(scope, this.#seen);
      for (const [key, held] of this.#entries) if (touches(held, scope)) this.#entries.delete(key);
    }
  }

  /** Hears of invalidations again, after some may have been missed. */
  backInTouch(): void {
    this.inTouch = true;
    this.missed();
  }

  missed(): void {
    this.#entries.clear();
    this.#seen += 1;
    this.#raised.set('', this.#seen);
  }
}

/** An empty scope touches everything. */
function touches({ scopes }: NearEntry, scope: string): boolean {
  return scopes.some(
    (own) => own === scope || (scope.endsWith(':') && own.startsWith(scope)) || scope === '',
  );
}
