import { ageSeconds, oldestOf, provesAge } from '@umbra/domain';
import type { Demand } from '../source/demand.ts';
import { sourceOf, type Answer, type AnswerName, type Part, type ReadSource } from './answer.ts';

/**
 * An answer apart from its age, so that it can be given again: what it says, what it depends on, and the instants from
 * which age and staleness follow at any later moment.
 */
export class MadeAnswer<T> {
  readonly #data: T;
  readonly #etag: string;
  readonly #asOf: Date;
  readonly #asOfText: string;
  /** From this moment on some part is older than its bound, in milliseconds since the epoch. */
  readonly #staleFrom: number;
  /** From this moment on some part is to be asked of Salesforce. */
  readonly #askFrom: number;
  readonly #name: AnswerName | null;
  readonly source: ReadSource;
  readonly json: string;
  /** Each once. */
  readonly scopes: readonly string[];
  /** The last answer given from here: within one second all are the same. */
  #given: Answer<T> | undefined;

  constructor(
    name: AnswerName | null,
    { data, parts }: { readonly data: T; readonly parts: readonly Part<unknown>[] },
    hash: (text: string) => string,
  ) {
    this.#name = name;
    this.#data = data;
    this.json = JSON.stringify(data);
    this.#etag = `W/"${hash(this.json)}"`;
    this.#asOf = oldestOf(parts.map((part) => part.asOf));
    this.#asOfText = this.#asOf.toISOString();
    this.#staleFrom = endOf(parts);
    this.#askFrom = endOf(parts.filter(({ liveWhenStale }) => liveWhenStale));
    this.source = sourceOf(parts);
    this.scopes = [...new Set(parts.flatMap(({ scopes }) => scopes))];
  }

  /** @param source who gives it now */
  at(now: Date, source: ReadSource): Answer<T> {
    const age = ageSeconds(this.#asOf, now);
    const stale = now.getTime() > this.#staleFrom;
    const meta = this.#given?.meta;
    if (
      this.#given !== undefined &&
      meta?.ageSeconds === age &&
      meta.stale === stale &&
      meta.source === source
    )
      return this.#given;
    this.#given = {
      name: this.#name,
      data: this.#data,
      json: this.json,
      meta: { source, asOf: this.#asOfText, ageSeconds: age, stale },
      etag: this.#etag,
    };
    return this.#given;
  }

  /** Whether it may be given again without asking anybody. */
  suits({ maxAgeSeconds }: Demand, now: Date): boolean {
    if (now.getTime() > this.#askFrom) return false;
    return maxAgeSeconds === null || provesAge(this.#asOf, now, maxAgeSeconds);
  }

  /** Milliseconds until it is to be asked of Salesforce; not positive when it is. */
  askInMs(now: Date): number {
    return this.#askFrom - now.getTime();
  }
}

function endOf(parts: readonly Part<unknown>[]): number {
  return parts.reduce(
    (end, { asOf, boundSeconds }) => Math.min(end, asOf.getTime() + boundSeconds * 1000),
    Infinity,
  );
}
