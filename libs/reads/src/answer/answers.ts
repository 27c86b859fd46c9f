import type { Clock, Meter, NearCache } from '@umbra/domain';
import { anyAge, type Demand } from '../source/demand.ts';
import { RefreshAhead } from '../source/refresh-ahead.ts';
import { SingleFlight } from '../source/single-flight.ts';
import type { Answer, AnswerName, Part, ReadArea } from './answer.ts';
import { MadeAnswer } from './made-answer.ts';

/** An answer is held by this process for so long at most. */
const NEAR_LIFE_MS = 30_000;
/** An answer past its bound is held only against storms: its successor may come any moment. */
const NEAR_STALE_LIFE_MS = 1_000;
/** One that is held for longer is given, and made anew behind the reader's back. */
const NEAR_REFRESH_MS = 5_000;

/** The data, and everything that they depend on, also what ended up not being shown. */
export interface Made<T> {
  readonly data: T;
  readonly parts: readonly Part<unknown>[];
}

export interface AnswersOptions {
  readonly near: NearCache;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly meter: Meter;
  readonly hash: (text: string) => string;
}

/** Gives answers: from what this process holds, or made of what the sources say. */
export class Answers {
  readonly #options: AnswersOptions;
  readonly #flights = new SingleFlight();
  readonly #ahead: RefreshAhead;

  constructor(options: AnswersOptions) {
    this.#options = options;
    this.#ahead = new RefreshAhead(options.clock, NEAR_REFRESH_MS);
  }

  /**
   * The answer to a question that many ask.
   * @param name with the area: everything that the answer depends on besides the records
   * @param make throws what the sources throw
   */
  async ask<T>(
    area: ReadArea,
    name: readonly string[],
    demand: Demand,
    make: () => Promise<Made<T>>,
  ): Promise<Answer<T>> {
    const { near, clock, meter } = this.#options;
    const key = JSON.stringify([area, ...name]);
    const now = clock.now();
    const held = near.find(key);
    if (held?.value instanceof MadeAnswer) {
      // What was kept under the name was made for the same question.
      const made = held.value as MadeAnswer<T>;
      if (made.suits(demand, now)) {
        if (held.ageMs > NEAR_REFRESH_MS) this.#anew({ area, key }, make);
        meter.count('bff_cache_requests_total', { area, result: 'near' });
        return this.#give(area, made, now, 'cache');
      }
    }
    const made = await this.#flights.one(flightOf(key, demand), () => this.#make({ area, key }, make));
    return this.#give(area, made, clock.now(), made.source);
  }

  /**
   * The answer to a question that was asked before, if this process holds it and need not see to it; otherwise the
   * question has to be asked in full.
   */
  again({ area, key }: AnswerName, demand: Demand): Answer<unknown> | undefined {
    const { near, clock, meter } = this.#options;
    const held = near.find(key);
    if (!(held?.value instanceof MadeAnswer) || held.ageMs > NEAR_REFRESH_MS) return undefined;
    const now = clock.now();
    if (!held.value.suits(demand, now)) return undefined;
    meter.count('bff_cache_requests_total', { area, result: 'near' });
    return this.#give(area, held.value, now, 'cache');
  }

  /** Whether whoever asks without a demand gets what this process holds, or what it is making for somebody else. */
  isAtHand({ key }: AnswerName): boolean {
    return this.#options.near.find(key) !== undefined || this.#flights.isUnderWay(flightOf(key, anyAge));
  }

  /** An answer that nobody else will ask for. */
  once<T>(area: ReadArea, answer: Made<T>): Answer<T> {
    const made = new MadeAnswer(null, answer, this.#options.hash);
    return this.#give(area, made, this.#options.clock.now(), made.source);
  }

  #give<T>(area: ReadArea, made: MadeAnswer<T>, now: Date, source: Answer<T>['meta']['source']): Answer<T> {
    this.#options.meter.count('bff_reads_total', { area, source });
    return made.at(now, source);
  }

  async #make<T>(name: AnswerName, make: () => Promise<Made<T>>): Promise<MadeAnswer<T>> {
    const { near, clock, hash } = this.#options;
    const mark = near.mark();
    const made = new MadeAnswer(name, await make(), hash);
    const now = clock.now();
    const { stale } = made.at(now, made.source).meta;
    const lifeMs = Math.min(stale ? NEAR_STALE_LIFE_MS : NEAR_LIFE_MS, made.askInMs(now));
    // The text, the data it was made of, and the body made of it.
    near.keep(
      name.key,
      { value: made, scopes: made.scopes, lifeMs, bytes: 1_000 + made.json.length * 4 },
      mark,
    );
    return made;
  }

  #anew<T>(name: AnswerName, make: () => Promise<Made<T>>): void {
    const { key } = name;
    this.#ahead.start([{ id: key, key }], async () => {
      // Whoever has to wait for it will hear of the failure.
      await this.#flights.one(`${key} anew`, () => this.#make(name, make)).catch(() => undefined);
    });
  }
}

function flightOf(key: string, { maxAgeSeconds }: Demand): string {
  return `${key} ${maxAgeSeconds ?? ''}`;
}
