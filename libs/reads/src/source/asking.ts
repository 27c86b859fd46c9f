import { isStale, provesAge } from '@umbra/domain';
import type { Part, ReadSource } from '../answer/answer.ts';
import type { Demand } from './demand.ts';
import type { Dated, Question } from './question.ts';
import type { SourceRules } from './source-rules.ts';

interface Outdated<V> extends Dated<V> {
  readonly source: ReadSource;
}

/** One question on its way through the sources: what it has got so far, and what would do if nothing better came. */
export class Asking<V> {
  readonly question: Question<V>;
  readonly demand: Demand;
  readonly rules: SourceRules;
  readonly parts = new Map<string, Part<V>>();
  /** Proven, but too old to be served while a better source may answer. */
  readonly #outdated = new Map<string, Outdated<V>>();
  /** Of the newest look-up in the cache. */
  generation: string | null = null;

  constructor(question: Question<V>, demand: Demand, rules: SourceRules) {
    this.question = question;
    this.demand = demand;
    this.rules = rules;
  }

  missing(ids: readonly string[]): string[] {
    return ids.filter((id) => !this.parts.has(id));
  }

  take(source: ReadSource, id: string, { value, asOf }: Dated<V>): void {
    const { boundSeconds, liveWhenStale } = this.question;
    const scopes = this.question.scopesOf(id);
    this.parts.set(id, { value, source, asOf, boundSeconds, scopes, liveWhenStale });
  }

  /** Takes what may be served without asking the next source, and remembers the rest. @returns what was taken */
  sift(source: ReadSource, values: ReadonlyMap<string, Dated<V>>, now: Date): Map<string, Dated<V>> {
    const taken = new Map<string, Dated<V>>();
    for (const [id, dated] of values) {
      if (this.isYoungEnough(dated.asOf, now)) {
        this.take(source, id, dated);
        taken.set(id, dated);
      } else {
        this.remember(source, id, dated);
      }
    }
    return taken;
  }

  remember(source: ReadSource, id: string, { value, asOf }: Dated<V>): void {
    const other = this.#outdated.get(id);
    if (other === undefined || asOf > other.asOf) this.#outdated.set(id, { value, asOf, source });
  }

  outdated(id: string): Outdated<V> | undefined {
    return this.#outdated.get(id);
  }

  /** What is remembered of these ids. */
  outdatedOf(ids: readonly string[]): ReadonlyMap<string, Dated<V>> {
    return new Map(
      ids.flatMap((id) => {
        const dated = this.#outdated.get(id);
        return dated === undefined ? [] : [[id, dated] as const];
      }),
    );
  }

  isYoungEnough(asOf: Date, now: Date): boolean {
    const { maxAgeSeconds } = this.demand;
    if (maxAgeSeconds !== null && !provesAge(asOf, now, maxAgeSeconds)) return false;
    const { boundSeconds, liveWhenStale } = this.question;
    return !liveWhenStale || !isStale(asOf, now, boundSeconds);
  }

  /**
   * Whether an old value is better than no answer: not for who demands a young one, and not when it says "there is
   * none", as the record may have come since.
   */
  mayServeOutdated(value: V): boolean {
    return this.demand.maxAgeSeconds === null && this.question.caching?.isAbsence(value) !== true;
  }
}
