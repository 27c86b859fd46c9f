import type { HeldAnswer, HeldAnswers, HeldRequest } from '@umbra/platform';
import type { Answer, AnswerName, HeldReads } from '@umbra/reads';
import { demandedAge } from './demanded-age.ts';
import { bodyOf, holds } from './respond.ts';

/** URLs that are remembered; anybody can think of new ones, so beyond it all are forgotten. */
const MOST_URLS = 20_000;
/** A URL longer than this takes the long way. */
const LONGEST_URL = 1_024;

/**
 * Answers to URLs that were answered before. What a URL asks for never changes while the process lives, so it is read
 * once; whether the answer is still good is asked of the read path each time.
 */
export class HeldByUrl implements HeldAnswers {
  readonly #reads: HeldReads;
  readonly #names = new Map<string, AnswerName>();

  constructor(reads: HeldReads) {
    this.#reads = reads;
  }

  find(request: HeldRequest): HeldAnswer | undefined {
    const name = this.#names.get(request.url);
    if (name === undefined) return undefined;
    try {
      const answer = this.#reads.again(name, demandedAge(request));
      return answer === undefined ? undefined : heldAnswer(request, answer);
    } catch {
      return undefined; // a demand that is not understood: the handler says so
    }
  }

  learn({ given, url }: HeldRequest): void {
    const name = given === undefined ? null : (given as Answer<unknown>).name;
    if (name === null || url.length > LONGEST_URL || this.#names.has(url)) return;
    if (this.#names.size >= MOST_URLS) this.#names.clear();
    this.#names.set(url, name);
  }
}

function heldAnswer({ headers }: HeldRequest, answer: Answer<unknown>): HeldAnswer {
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
