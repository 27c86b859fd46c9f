import type { AnsweredRequest, HeldAnswer, HeldAnswers, HeldRequest } from '@umbra/platform';
import type { Answer, AnswerName, HeldReads } from '@umbra/reads';
import { demandedAge } from './demanded-age.ts';
import { bodyOf, holds } from './respond.ts';

/** URLs that are remembered; anybody can think of new ones, so beyond it all are forgotten. */
const MOST_URLS = 20_000;
/** A URL longer than this takes the long way. */
const LONGEST_URL = 1_024;

/** What a URL asks for, and the pattern of the route that it leads to. */
interface Asked {
  readonly name: AnswerName;
  readonly route: string;
}

/**
 * Answers to URLs that were answered before. What a URL asks for never changes while the process lives, so it is read
 * once; whether the answer is still good is asked of the read path each time.
 */
export class HeldByUrl implements HeldAnswers {
  readonly #reads: HeldReads;
  readonly #asked = new Map<string, Asked>();

  constructor(reads: HeldReads) {
    this.#reads = reads;
  }

  find(request: HeldRequest): HeldAnswer | undefined {
    const asked = this.#asked.get(request.url);
    if (asked === undefined) return undefined;
    try {
      const answer = this.#reads.again(asked.name, demandedAge(request));
      return answer === undefined ? undefined : { ...heldAnswer(request, answer), route: asked.route };
    } catch {
      return undefined; // a demand that is not understood: the handler says so
    }
  }

  isAtHand(url: string): boolean {
    const asked = this.#asked.get(url);
    return asked !== undefined && this.#reads.isAtHand(asked.name);
  }

  learn({ given, routeOptions, url }: AnsweredRequest): void {
    const name = given === undefined ? null : (given as Answer<unknown>).name;
    if (name === null || url.length > LONGEST_URL || this.#asked.has(url)) return;
    if (this.#asked.size >= MOST_URLS) this.#asked.clear();
    this.#asked.set(url, { name, route: routeOptions.url ?? url });
  }
}

function heldAnswer({ headers }: HeldRequest, answer: Answer<unknown>): Omit<HeldAnswer, 'route'> {
  const { etag, meta } = answer;
  const own = ['etag', etag, 'age', String(meta.ageSeconds), 'x-data-source', meta.source];
  const all = [...own, 'cache-control', 'private, no-cache'];
  if (holds(headers['if-none-match'], etag)) {
    const told = ['x-data-as-of', meta.asOf, 'x-data-stale', String(meta.stale)];
    return { status: 304, headers: [...all, ...told], body: null };
  }
  return {
    status: 200,
    headers: [...all, 'content-type', 'application/json; charset=utf-8'],
    body: bodyOf(answer),
  };
}
