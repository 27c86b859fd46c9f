import type { MirroredObjectName } from '@umbra/domain';
import { z } from 'zod';

/** A value and the instant up to which its source proves it. */
export interface Dated<V> {
  readonly value: V;
  readonly asOf: Date;
}

/** A value as the cache holds it. */
export interface Cached<V> extends Dated<V> {
  /** When it was stored, by the clock of the process that did. */
  readonly filledAt: Date;
}

/** Records that a live answer showed; the shadow is asked to read them too. */
export interface RecordsShown {
  readonly object: MirroredObjectName;
  readonly ids: readonly string[];
}

export interface LiveAnswer<V> {
  /** Holds every id that was asked for. */
  readonly values: ReadonlyMap<string, Dated<V>>;
  readonly shown: readonly RecordsShown[];
}

/** How the values of a question are cached. */
export interface Caching<V> {
  /** From `cacheEntrySchema`. Entries of another shape are misses. */
  readonly entry: z.ZodType<Cached<V>>;
  readonly keyOf: (id: string) => string;
  /** "There is none": kept for a short time only, since what comes next is likely the record itself. */
  readonly isAbsence: (value: V) => boolean;
}

/**
 * On whose behalf the catalogue is read. A quote binds money: it skips the cache, and its calls come first when the
 * budget is short.
 */
export type ReadFor = 'catalogue' | 'quote';

/**
 * A question about several ids that each source can answer in its own way. Values are the same whatever the source,
 * so that a fall to the next source changes the age of an answer and nothing else.
 */
export interface Question<V> {
  readonly area: 'catalog' | 'prices' | 'eligibility';
  readonly readFor: ReadFor;
  /** Distinguishes questions in flight: equal names and ids have equal values. */
  readonly name: string;
  /** The area's bound, in seconds. */
  readonly boundSeconds: number;
  /** Salesforce is asked for what is older than the bound; otherwise age alone never causes a call. */
  readonly liveWhenStale: boolean;
  /** Many readers ask for the same few ids, so that one process reads the shadow on behalf of all. */
  readonly popular: boolean;
  /** What the value of the id depends on. */
  readonly scopesOf: (id: string) => readonly string[];
  /** null: never cached. */
  readonly caching: Caching<V> | null;
  /** Leaves out the ids that the shadow can prove nothing about. */
  shadow(ids: readonly string[]): Promise<ReadonlyMap<string, Dated<V>>>;
  /** @param outdated what is known of these ids, too old to be served */
  live(ids: readonly string[], outdated: ReadonlyMap<string, Dated<V>>): Promise<LiveAnswer<V>>;
}

/** What a cache entry holds, as JSON. */
export function cacheEntrySchema<V>(value: z.ZodType<V>): z.ZodType<Cached<V>> {
  const instant = z.iso.datetime().transform((text) => new Date(text));
  return z.object({ asOf: instant, filledAt: instant, value });
}
