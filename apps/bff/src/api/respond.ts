import type { Answer } from '@umbra/reads';

export interface ConditionalRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Left for whoever gives the same answer again. */
  given?: Answer<unknown>;
}

export interface FreshReply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

/** Bodies of answers that are given again and again: within a second every reader gets the same bytes. */
const bodies = new WeakMap<Answer<unknown>, Buffer>();

/**
 * The answer as it goes out: body `{data, meta}`, and the same facts as headers. When the caller holds the same data
 * already it is told so (304) and gets only the headers, with the age of now.
 * @returns JSON
 */
export function respond(
  request: ConditionalRequest,
  reply: FreshReply,
  answer: Answer<unknown>,
): Buffer | undefined {
  const { meta, etag } = answer;
  if (answer.name !== null) request.given = answer;
  reply.header('etag', etag);
  reply.header('age', String(meta.ageSeconds));
  reply.header('x-data-source', meta.source);
  // The key decides who may read it, and it may change at any moment: keep it, but ask each time.
  reply.header('cache-control', 'private, no-cache');
  if (holds(request.headers['if-none-match'], etag)) {
    reply.header('x-data-as-of', meta.asOf);
    reply.header('x-data-stale', String(meta.stale));
    reply.status(304);
    return undefined;
  }
  reply.header('content-type', 'application/json; charset=utf-8');
  return bodyOf(answer);
}

/** @returns the same bytes for the same answer */
export function bodyOf(answer: Answer<unknown>): Buffer {
  const made = bodies.get(answer);
  if (made !== undefined) return made;
  const body = Buffer.from(`{"data":${answer.json},"meta":${JSON.stringify(answer.meta)}}`);
  bodies.set(answer, body);
  return body;
}

/** Weak comparison of RFC 9110 §8.8.3.2: whether one of the tags names the same data. */
export function holds(header: string | string[] | undefined, etag: string): boolean {
  if (typeof header !== 'string') return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => opaque(tag) === opaque(etag));
}

function opaque(tag: string): string {
  return tag.trim().replace(/^W\//, '');
}
