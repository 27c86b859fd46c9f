/**
 * Which sources are asked, and in which order: cache, shadow, Salesforce. This file is the only place that decides it.
 *
 * - The cache answers while its entry lives.
 * - The shadow answers what its coverage proves. A catalogue answer may be old, and says so; eligibility that is older
 *   than its bound is asked of Salesforce first.
 * - Salesforce answers the rest, within the budget that the request queue keeps. When it does not, an old proven
 *   answer is better than none; an old "there is none" is not, as the record may have come since.
 *
 * After each live answer the shadow is asked to read the same records.
 */
import {
  isStale,
  isUmbraError,
  type Clock,
  type Log,
  type LogFields,
  type RefreshRequests,
} from '@umbra/domain';
import type { Part, ReadSource } from '../answer/answer.ts';
import type { CatalogCacheService } from '../cache/catalog-cache-service.ts';
import type { Dated, Question } from './question.ts';
import { SingleFlight } from './single-flight.ts';
import { unavailable } from './unavailable.ts';

export interface ReadThroughOptions {
  readonly cache: CatalogCacheService;
  readonly refresh: RefreshRequests;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** false: reads go cache → Salesforce, as if there were no shadow. */
  readonly shadowReads: boolean;
}

type Values<V> = Map<string, Dated<V>>;

export class ReadThrough {
  readonly #options: ReadThroughOptions;
  readonly #flights = new SingleFlight();

  constructor(options: ReadThroughOptions) {
    this.#options = options;
  }

  /**
   * One part per id.
   * @throws UmbraError READ_UNAVAILABLE when no source can answer, READ_LIVE_TOO_LARGE when only Salesforce could
   */
  async ask<V>(question: Question<V>, ids: readonly string[]): Promise<Map<string, Part<V>>> {
    return this.#flights.many(question.name, [...new Set(ids)], async (asked) =>
      this.#answer(question, asked),
    );
  }

  /** The part of a single id. */
  async askOne<V>(question: Question<V>, id: string): Promise<Part<V>> {
    const part = (await this.ask(question, [id])).get(id);
    if (part === undefined) throw new TypeError(`question ${question.name} left its only id without a value`);
    return part;
  }

  async #answer<V>(question: Question<V>, ids: readonly string[]): Promise<Map<string, Part<V>>> {
    const answer = new Map<string, Part<V>>();
    const take = (source: ReadSource, values: Values<V>): void => {
      for (const [id, { value, asOf }] of values) {
        answer.set(id, { value, source, asOf, boundSeconds: question.boundSeconds });
      }
    };
    const missing = (): string[] => ids.filter((id) => !answer.has(id));

    const cached = await this.#options.cache.lookup(question, ids);
    take('cache', this.#usable(question, cached.values));
    if (missing().length === 0) return answer;

    const shadow = await this.#shadow(question, missing());
    const fill = this.#usable(question, shadow);
    take('shadow', fill);
    const rest = missing();
    if (rest.length > 0) {
      const live = await this.#live(question, rest, shadow);
      take(live.source, live.values);
      if (live.source === 'salesforce') for (const [id, dated] of live.values) fill.set(id, dated);
    }
    await this.#options.cache.fill(question, fill, cached.generation);
    return answer;
  }

  /** What may be served without asking the next source. */
  #usable<V>(question: Question<V>, values: ReadonlyMap<string, Dated<V>>): Values<V> {
    if (!question.liveWhenStale) return new Map(values);
    const now = this.#options.clock.now();
    return new Map([...values].filter(([, { asOf }]) => !isStale(asOf, now, question.boundSeconds)));
  }

  async #shadow<V>(question: Question<V>, ids: readonly string[]): Promise<ReadonlyMap<string, Dated<V>>> {
    if (!this.#options.shadowReads) return new Map();
    try {
      return await question.shadow(ids);
    } catch (error) {
      this.#warn(error, { area: question.area }, 'shadow not readable, asking Salesforce');
      return new Map();
    }
  }

  async #live<V>(
    question: Question<V>,
    ids: readonly string[],
    shadow: ReadonlyMap<string, Dated<V>>,
  ): Promise<{ source: ReadSource; values: Values<V> }> {
    try {
      const { values, shown } = await question.live(ids, shadow);
      // Not awaited: the reader has nothing from it. It never rejects.
      for (const { object, ids: seen } of shown) void this.#options.refresh.request(object, seen);
      return { source: 'salesforce', values: new Map(values) };
    } catch (error) {
      const old = ids.flatMap((id) => {
        const dated = shadow.get(id);
        const isAbsence = dated !== undefined && question.caching?.isAbsence(dated.value) === true;
        return dated === undefined || isAbsence ? [] : [[id, dated] as const];
      });
      if (old.length < ids.length) throw unavailable(error);
      this.#warn(
        error,
        { area: question.area },
        'Salesforce not readable, answering from an outdated shadow',
      );
      return { source: 'shadow', values: new Map(old) };
    }
  }

  #warn(error: unknown, fields: LogFields, message: string): void {
    const { log } = this.#options;
    // Away is weather; anything else is a defect that this fall-back must not hide.
    const weather = isUmbraError(error) && error.kind !== 'invariant';
    if (weather) log.warn({ ...fields, code: error.code }, message);
    else log.error({ ...fields, err: error }, message);
  }
}
