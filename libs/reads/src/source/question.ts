import type { MirroredObjectName } from '@umbra/domain';
import { z } from 'zod';

/** A value and the instant up to which its source proves it. */
export interface Dated<V> {
  readonly value: V;
  readonly asOf: Date;
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
  readonly entry: z.ZodType<Dated<V>>;
  readonly keyOf: (id: string) => string;
  readonly scopesOf: (id: string) => readonly string[];
  /** "There is none": kept for a short time only, since what comes next is likely the record itself. */
  readonly isAbsence: (value: V) => boolean;
}

/**
 * A question about several ids that each source can answer in its own way. Values are the same whatever the source,
 * so that a fall to the next source changes the age of an answer and nothing else.
 */
export interface Question<V> {
  readonly area: 'catalog' | 'prices' | 'eligibility';
  /** Distinguishes questions in flight: equal names and ids have equal values. */
  readonly name: string;
  /** The area's bound, in seconds. */
  readonly boundSeconds: number;
  /** Salesforce is asked for what is older than the bound; otherwise age alone never causes a call. */
  readonly liveWhenStale: boolean;
  /** null: never cached. */
  readonly caching: Caching<V> | null;
  /** Leaves out the ids that the shadow can prove nothing about. */
  shadow(ids: readonly string[]): Promise<ReadonlyMap<string, Dated<V>>>;
  /** @param outdated what the shadow holds for these ids */
  live(ids: readonly string[], outdated: ReadonlyMap<string, Dated<V>>): Promise<LiveAnswer<V>>;
}

/** What a cache entry holds, as JSON. */
export function cacheEntrySchema<V>(value: z.ZodType<V>): z.ZodType<Dated<V>> {
  const asOf = z.iso.datetime().transform((text) => new Date(text));
  return z.object({ asOf, value });
}
