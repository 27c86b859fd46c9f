/**
 * Which sources are asked, and in which order: cache, shadow, Salesforce. This file is the only place that decides it.
 *
 * - The cache answers while its entry lives. An entry that was filled a while ago is read anew behind the reader's back;
 *   one that was filled long ago answers only when the shadow does not.
 * - The shadow answers what its coverage proves. A catalogue answer may be old, and says so; eligibility that is older
 *   than its bound is asked of Salesforce first.
 * - Salesforce answers the rest, within the budget that the request queue keeps. When it does not, an old proven
 *   answer is better than none; an old "there is none" is not, as the record may have come since.
 *
 * Who demands an age gets it proven or nothing: cache and shadow only where they prove it, else Salesforce, else
 * READ_NOT_FRESH. The rules of the moment may close sources. After each live answer the shadow is asked to read the
 * same records.
 *
 * Of equal questions one per process is under way, and one per fleet where Salesforce would answer or many would ask.
 */
import {
  isUmbraError,
  type Clock,
  type LoadClaims,
  type Log,
  type LogFields,
  type Meter,
  type RefreshRequests,
} from '@umbra/domain';
import type { Part } from '../answer/answer.ts';
import type { CatalogCacheService } from '../cache/catalog-cache-service.ts';
import { judgeEntry } from '../cache/entry-age.ts';
import { Asking } from './asking.ts';
import { anyAge, type Demand } from './demand.ts';
import { LoadTogether } from './load-together.ts';
import type { Cached, Dated, Question } from './question.ts';
import { RefreshAhead } from './refresh-ahead.ts';
import { ShadowPatience } from './shadow-patience.ts';
import { SingleFlight } from './single-flight.ts';
import type { AskRules, SourceRules } from './source-rules.ts';
import { unavailable } from './unavailable.ts';

/** Told of what Salesforce answered, to hold it against what the shadow says. Must not throw. */
export interface ShadowCompare {
  compared<V>(question: Question<V>, live: ReadonlyMap<string, Dated<V>>): void;
}

export interface ReadThroughOptions {
  readonly cache: CatalogCacheService;
  readonly claims: LoadClaims;
  readonly refresh: RefreshRequests;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** false: reads go cache → Salesforce, as if there were no shadow. */
  readonly shadowReads: boolean;
  readonly rules: AskRules;
  readonly compare?: ShadowCompare;
}

/** A look at the shadow takes milliseconds, and seconds when the database is slow. */
const shadowPatience = { claimMs: 4_000, waitMs: 2_000 };
/** A call waits in the queue before it is sent, and Salesforce may take its time. */
const livePatience = { claimMs: 15_000, waitMs: 5_000 };

export class ReadThrough {
  readonly #options: ReadThroughOptions;
  readonly #flights = new SingleFlight();
  readonly #liveFlights = new SingleFlight();
  readonly #together: LoadTogether;
  readonly #ahead: RefreshAhead;
  readonly #patience: ShadowPatience;

  constructor(options: ReadThroughOptions) {
    this.#options = options;
    this.#together = new LoadTogether(options);
    this.#ahead = new RefreshAhead(options.clock);
    this.#patience = new ShadowPatience(options.clock);
  }

  /**
   * One part per id.
   * @throws UmbraError READ_UNAVAILABLE when no source can answer, READ_NOT_FRESH when none proves the age demanded,
   *   READ_LIVE_TOO_LARGE when only Salesforce could
   */
  async ask<V>(
    question: Question<V>,
    ids: readonly string[],
    demand: Demand = anyAge,
  ): Promise<Map<string, Part<V>>> {
    const name = `${question.name} ${demand.maxAgeSeconds ?? ''}`;
    return this.#flights.many(name, [...new Set(ids)], async (asked) =>
      this.#answer(question, asked, demand),
    );
  }

  /** The part of a single id. */
  async askOne<V>(question: Question<V>, id: string, demand: Demand = anyAge): Promise<Part<V>> {
    const part = (await this.ask(question, [id], demand)).get(id);
    if (part === undefined) throw new TypeError(`question ${question.name} left its only id without a value`);
    return part;
  }

  async #answer<V>(
    question: Question<V>,
    ids: readonly string[],
    demand: Demand,
  ): Promise<Map<string, Part<V>>> {
    const asking = new Asking(question, demand, this.#rulesFor(question));
    const rest = await this.#fromCache(asking, ids);
    if (rest.length === 0) return asking.parts;
    if (question.popular)
      await this.#once(asking, rest, '', shadowPatience, (own) => this.#fromSources(asking, own));
    else await this.#fromSources(asking, rest);
    return asking.parts;
  }

  #rulesFor(question: Pick<Question<unknown>, 'area' | 'readFor'>): SourceRules {
    const rules = this.#options.rules(question);
    return this.#options.shadowReads ? rules : { ...rules, shadow: false };
  }

  /** @returns the ids that the cache leaves open */
  async #fromCache<V>(asking: Asking<V>, ids: readonly string[]): Promise<string[]> {
    const { question, rules } = asking;
    if (!rules.cache) return [...ids];
    const { values, generation } = await this.#options.cache.lookup(question, ids);
    asking.generation = generation;
    const now = this.#options.clock.now();
    const old = new Map<string, Cached<V>>();
    for (const [id, cached] of values) {
      const verdict = asking.isYoungEnough(cached.asOf, now)
        ? judgeEntry(question, cached, now, rules)
        : 'ask';
      if (verdict === 'ask') asking.remember('cache', id, cached);
      else asking.take('cache', id, cached);
      if (verdict === 'refresh') old.set(id, cached);
    }
    if (old.size > 0) this.#refreshAhead(asking, old);
    return asking.missing(ids);
  }

  async #fromSources<V>(asking: Asking<V>, ids: readonly string[]): Promise<void> {
    const { question } = asking;
    const shadow = await this.#shadow(asking, ids);
    const taken = asking.sift('shadow', shadow, this.#options.clock.now());
    const filled = this.#options.cache.fill(question, taken, asking.generation, asking.rules);
    // Whoever waits for this load looks for it there; a reader has nothing from it. It never rejects.
    if (question.popular) await filled;
    // Age alone is no reason for a call: what the cache still holds does as well as what it would fetch.
    if (!question.liveWhenStale) this.#settle(asking, asking.missing(ids));
    const rest = asking.missing(ids);
    if (rest.length > 0) await this.#fromSalesforce(asking, rest);
  }

  async #shadow<V>(
    { question, rules }: Asking<V>,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Dated<V>>> {
    if (!rules.shadow) return new Map();
    try {
      return await this.#askShadow(question, ids);
    } catch (error) {
      this.#warn(error, { area: question.area }, 'shadow not readable');
      return new Map();
    }
  }

  async #askShadow<V>(question: Question<V>, ids: readonly string[]): Promise<ReadonlyMap<string, Dated<V>>> {
    this.#options.meter.count('bff_loads_total', { area: question.area, source: 'shadow' });
    return this.#patience.within(() => question.shadow(ids));
  }

  async #fromSalesforce<V>(asking: Asking<V>, ids: readonly string[]): Promise<void> {
    const { rules, demand } = asking;
    if (rules.live === 'missing-only') this.#settle(asking, ids);
    const rest = asking.missing(ids);
    if (rest.length === 0) return;
    try {
      if (rules.live === 'never' || (rules.live === 'missing-only' && demand.maxAgeSeconds !== null))
        throw unavailable(undefined, rules.retryAt);
      await this.#once(asking, rest, 'live:', livePatience, (own) => this.#live(asking, own));
    } catch (error) {
      this.#settle(asking, asking.missing(rest));
      if (asking.missing(rest).length > 0) throw unavailable(error, rules.retryAt, demand);
      this.#warn(
        error,
        { area: asking.question.area },
        'Salesforce not readable, answering with what is known',
      );
    }
  }

  async #live<V>(asking: Asking<V>, ids: readonly string[]): Promise<void> {
    const { question, generation, rules } = asking;
    const values = await this.#liveFlights.many(question.name, ids, async (own) => {
      this.#options.meter.count('bff_loads_total', { area: question.area, source: 'salesforce' });
      const answer = await question.live(own, asking.outdatedOf(own));
      // Not awaited: the reader has nothing from it. It never rejects.
      for (const { object, ids: seen } of answer.shown) void this.#options.refresh.request(object, seen);
      this.#options.compare?.compared(question, answer.values);
      return answer.values;
    });
    for (const [id, dated] of values) asking.take('salesforce', id, dated);
    await this.#options.cache.fill(question, values, generation, rules);
  }

  /** Takes what is remembered where that is better than nothing. */
  #settle<V>(asking: Asking<V>, ids: readonly string[]): void {
    for (const id of ids) {
      const old = asking.outdated(id);
      if (old !== undefined && asking.mayServeOutdated(old.value)) asking.take(old.source, id, old);
    }
  }

  /** Loads what no other process of the fleet is loading, and waits for the rest. */
  async #once<V>(
    asking: Asking<V>,
    ids: readonly string[],
    prefix: string,
    patience: typeof shadowPatience,
    load: (ids: readonly string[]) => Promise<void>,
  ): Promise<void> {
    const { caching } = asking.question;
    // Without the shared cache nobody would find what the other has loaded.
    if (caching === null || asking.generation === null) return load(ids);
    await this.#together.run(ids, patience, {
      keyOf: (id) => prefix + caching.keyOf(id),
      load,
      look: (waiting) => this.#fromCache(asking, waiting),
    });
  }

  /** Reads entries anew that are still good enough for this reader. */
  #refreshAhead<V>(asking: Asking<V>, cached: ReadonlyMap<string, Dated<V>>): void {
    const { question, generation, rules } = asking;
    const keyed = [...cached.keys()].map((id) => ({ id, key: question.caching?.keyOf(id) ?? id }));
    this.#ahead.start(keyed, async (ids) => {
      try {
        // Asked for the cache alone: what comes back is nobody's answer.
        const anew = new Asking(question, asking.demand, rules);
        anew.generation = generation;
        if (!rules.shadow) return await this.#live(anew, ids);
        const found = await this.#askShadow(question, ids);
        // A live answer may be younger than what the shadow can prove yet.
        const younger = [...found].filter(([id, { asOf }]) => asOf >= (cached.get(id)?.asOf ?? asOf));
        await this.#options.cache.fill(question, new Map(younger), generation, rules);
      } catch (error) {
        this.#warn(error, { area: question.area }, 'not read ahead');
      }
    });
  }

  #warn(error: unknown, fields: LogFields, message: string): void {
    const { log } = this.#options;
    // Away is weather; anything else is a defect that a fall-back must not hide.
    const weather = isUmbraError(error) && error.kind !== 'invariant';
    if (weather) log.warn({ ...fields, code: error.code }, message);
    else log.error({ ...fields, err: error }, message);
  }
}
