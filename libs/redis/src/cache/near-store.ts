import { LRUCache } from 'lru-cache';
import type { Clock, NearCache, NearEntry, NearMark } from '@umbra/domain';

/** Without news for this long the store no longer counts on hearing of every invalidation. */
const IN_TOUCH_MS = 1_000;
/** How old a load may be that is still found then. */
const ALONE_MS = 1_000;
/** Invalidated scopes that are remembered for the sake of loads in flight; beyond it all older loads are refused. */
const MOST_RAISED = 50_000;
const MOST_ENTRIES = 20_000;

export interface NearStoreOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Bound of what the entries take together. */
  readonly maxBytes?: number;
}

interface Held extends NearEntry {
  /** When its load began. */
  readonly since: number;
}

/**
 * The near cache of a process. What feeds it tells three things: scopes that were invalidated, the moments up to which
 * it has heard everything, and that it may have missed something.
 *
 * In touch: an entry is found until its life ends or one of its scopes is invalidated. Out of touch: only for a second
 * after its load began. An invalidation that comes between the mark of a load and its `keep` refuses the load, so
 * "load the old row, commit, invalidate, keep" leaves nothing behind.
 */
export class NearStore implements NearCache {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #entries: LRUCache<string, Held>;
  readonly #byScope = new Map<string, Set<string>>();
  readonly #raised: LRUCache<string, number>;
  /** Invalidations heard of. */
  #seen = 0;
  /** Loads that were marked before this are refused whatever their scopes. */
  #floor = 0;
  /** Everything invalidated before this moment has been heard of. */
  #heardUntil = -Infinity;

  constructor({ clock, maxBytes = 64 * 1024 * 1024 }: NearStoreOptions) {
    this.#clock = clock;
    this.#entries = new LRUCache<string, Held>({
      max: MOST_ENTRIES,
      maxSize: maxBytes,
      sizeCalculation: ({ bytes }) => Math.max(1, Math.ceil(bytes)),
      dispose: (held, key) => this.#unlink(key, held),
    });
    this.#raised = new LRUCache<string, number>({
      max: MOST_RAISED,
      dispose: (count, _scope, reason) => {
        if (reason === 'evict') this.#floor = Math.max(this.#floor, count);
      },
    });
  }

  find(key: string): { readonly value: object; readonly ageMs: number } | undefined {
    const held = this.#entries.get(key);
    if (held === undefined) return undefined;
    const now = this.#clock.monotonic();
    const ageMs = now - held.since;
    if (ageMs >= held.lifeMs) {
      this.#entries.delete(key);
      return undefined;
    }
    if (now - this.#heardUntil > IN_TOUCH_MS && ageMs >= ALONE_MS) return undefined;
    return { value: held.value, ageMs };
  }

  mark(): NearMark {
    return { seen: this.#seen, at: this.#clock.monotonic() };
  }

  keep(key: string, entry: NearEntry, mark: NearMark): boolean {
    if (entry.lifeMs <= 0 || mark.seen < this.#floor) return false;
    const names = namesOf(entry.scopes);
    for (const name of names) if ((this.#raised.get(name) ?? 0) > mark.seen) return false;
    this.#entries.set(key, { ...entry, since: mark.at });
    if (!this.#entries.has(key)) return false; // larger than all may be together
    for (const name of names) {
      const keys = this.#byScope.get(name);
      if (keys === undefined) this.#byScope.set(name, new Set([key]));
      else keys.add(key);
    }
    return true;
  }

  /** Drops what depends on these scopes. */
  invalidated(scopes: readonly string[]): void {
    this.#seen += 1;
    for (const scope of scopes) {
      this.#raised.set(scope, this.#seen);
      for (const key of [...(this.#byScope.get(scope) ?? [])]) this.#entries.delete(key);
    }
  }

  /** @param moment everything invalidated before it has been heard of, in milliseconds of the clock's `monotonic` */
  heardUntil(moment: number): void {
    this.#heardUntil = Math.max(this.#heardUntil, moment);
  }

  /** Something may have been missed: drops everything, and refuses what is being loaded. */
  missed(): void {
    this.#seen += 1;
    this.#floor = this.#seen;
    this.#raised.clear();
    this.#entries.clear();
  }

  /** How many entries are held. */
  get size(): number {
    return this.#entries.size;
  }

  #unlink(key: string, { scopes }: Held): void {
    for (const name of namesOf(scopes)) {
      const keys = this.#byScope.get(name);
      keys?.delete(key);
      if (keys?.size === 0) this.#byScope.delete(name);
    }
  }
}

/** The scopes and their prefixes, each once: a prefix is a scope of everything below it. */
function namesOf(scopes: readonly string[]): ReadonlySet<string> {
  const names = new Set(scopes);
  for (const scope of scopes) names.add(scope.slice(0, scope.indexOf(':') + 1));
  return names;
}
