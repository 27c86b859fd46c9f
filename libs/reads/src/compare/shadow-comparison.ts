import type { Clock, Log, Meter, MirroredObjectName, RefreshRequests } from '@umbra/domain';
import type { Dated, Question } from '../source/question.ts';
import type { ShadowCompare } from '../source/read-through.ts';
import { sameValue } from './same-value.ts';

/**
 * - `equal`: the shadow says the same.
 * - `late`: it said something else, and the same soon after, when it had caught up with the answer.
 * - `different`: it claims to be as recent as the answer and says something else. This is what nobody wants to see.
 * - `unproven`: the shadow can prove nothing about it yet.
 * - `unjudged`: the shadow did not catch up in time or changed once more, could not be read, or there was too much to compare.
 */
export type CompareOutcome = 'equal' | 'late' | 'different' | 'unproven' | 'unjudged';

export interface ShadowComparisonOptions {
  readonly refresh: RefreshRequests;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Between two looks at a shadow that is behind, in milliseconds. Default 5 s. */
  readonly lookAgainMs?: number;
  /** For so long the shadow may be behind an answer. Default 3 min: it proves a quiet object once a minute. */
  readonly patienceMs?: number;
}

/** Answers compared at a time; more than that says nothing new, and costs the database. */
const AT_ONCE = 50;

/**
 * Holds live answers against what the shadow says, beside the reader: nothing waits for it and nothing depends on it.
 *
 * The shadow is allowed to be behind, since it says so. So an answer that differs is looked at again until the shadow
 * claims to be as recent; only then a difference counts. Readers' requests to read the records anew are held back
 * meanwhile: a mirror that is repaired before it is judged would look better than it is.
 *
 * Logged are ids, never values.
 */
export class ShadowComparison implements ShadowCompare, RefreshRequests {
  readonly #options: ShadowComparisonOptions;
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: ShadowComparisonOptions) {
    this.#options = options;
  }

  compared<V>(question: Question<V>, live: ReadonlyMap<string, Dated<V>>): void {
    if (this.#stopping.signal.aborted || live.size === 0) return;
    if (this.#underWay.size >= AT_ONCE) {
      this.#count(question, 'unjudged', live.size);
      return;
    }
    const work = this.#judge(question, live)
      .catch((error: unknown) => {
        this.#count(question, 'unjudged', live.size);
        this.#options.log.warn({ err: error, area: question.area }, 'shadow not compared');
      })
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  /** Asks for the records once their answers have been judged. */
  async request(object: MirroredObjectName, ids: readonly string[]): Promise<void> {
    const { clock, refresh } = this.#options;
    try {
      await clock.sleep(this.#patienceMs, this.#stopping.signal);
    } catch {
      return;
    }
    await refresh.request(object, ids);
  }

  /** Gives up what is not judged yet. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#underWay);
  }

  async #judge<V>(question: Question<V>, live: ReadonlyMap<string, Dated<V>>): Promise<void> {
    const { clock, lookAgainMs = 5_000 } = this.#options;
    const first = await question.shadow([...live.keys()]);
    const open = new Map<string, Dated<V>>();
    for (const [id, answer] of live) {
      const shadow = first.get(id);
      if (shadow === undefined) this.#count(question, 'unproven');
      else if (sameValue(shadow.value, answer.value)) this.#count(question, 'equal');
      else open.set(id, shadow);
    }
    const end = clock.monotonic() + this.#patienceMs;
    for (let shadows: ReadonlyMap<string, Dated<V>> = first; open.size > 0;) {
      this.#settle(question, live, open, shadows);
      if (open.size === 0) return;
      if (clock.monotonic() >= end || !(await this.#pause(lookAgainMs))) break;
      shadows = await question.shadow([...open.keys()]);
    }
    this.#count(question, 'unjudged', open.size);
  }

  /** Judges what the shadow has caught up with by now. */
  #settle<V>(
    question: Question<V>,
    live: ReadonlyMap<string, Dated<V>>,
    open: Map<string, Dated<V>>,
    shadows: ReadonlyMap<string, Dated<V>>,
  ): void {
    const different: string[] = [];
    for (const [id, before] of open) {
      const answer = live.get(id);
      const shadow = shadows.get(id);
      if (answer === undefined || shadow === undefined) continue;
      const caughtUp = shadow.asOf >= answer.asOf;
      if (sameValue(shadow.value, answer.value)) this.#count(question, 'late');
      else if (!caughtUp) continue;
      // A third value: the record has changed once more, and what it said in between is not known any more.
      else if (!sameValue(shadow.value, before.value)) this.#count(question, 'unjudged');
      else different.push(id);
      open.delete(id);
    }
    if (different.length === 0) return;
    this.#count(question, 'different', different.length);
    this.#options.log.warn(
      { area: question.area, ids: different.slice(0, 20), count: different.length },
      'the shadow differs from Salesforce',
    );
  }

  get #patienceMs(): number {
    return this.#options.patienceMs ?? 180_000;
  }

  /** @returns false when nobody waits any more */
  async #pause(ms: number): Promise<boolean> {
    try {
      await this.#options.clock.sleep(ms, this.#stopping.signal);
      return true;
    } catch {
      return false;
    }
  }

  #count<V>({ area }: Question<V>, outcome: CompareOutcome, by = 1): void {
    this.#options.meter.count('sf_shadow_compare_total', { area, outcome }, by);
  }
}
