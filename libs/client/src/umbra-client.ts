import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './api.ts';
import { AnswerMemory } from './answer-memory.ts';
import { comingBack } from './coming-back.ts';

export interface UmbraClientOptions {
  /** Where the BFF is: `https://bff.example`. */
  readonly baseUrl: string;
  /** An API key or token; a function is asked before each request, for tokens that expire. */
  readonly key: string | (() => string | Promise<string>);
  /** Answers that are kept to be asked for by their ETag. Default 200. */
  readonly kept?: number;
  /** How often a refused request is sent again. Default 2. */
  readonly retries?: number;
  /** Longest time that a refusal is waited out, in milliseconds; a longer one is handed on. Default 10 s. */
  readonly longestWaitMs?: number;
  /** Default: the global one. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

export type UmbraClient = Client<paths>;

/**
 * The BFF's routes, typed as its OpenAPI document says: `client.GET('/api/catalog/sim/plans')` resolves with `data` or
 * with `error`, a problem document.
 *
 * An answer that was given before is asked for by its ETag, and when the data is still the same they come from memory
 * with the age of now. Who is told to come back later does, after the time that the BFF names.
 */
export function createUmbraClient(options: UmbraClientOptions): UmbraClient {
  const { baseUrl, key, kept = 200, longestWaitMs = 10_000, retries = 2 } = options;
  const send = options.fetch ?? ((request) => globalThis.fetch(request));
  const memory = new AnswerMemory(kept, comingBack(send, { retries, longestWaitMs }));
  return createClient<paths>({
    baseUrl,
    fetch: async (request) => {
      request.headers.set('authorization', `Bearer ${typeof key === 'string' ? key : await key()}`);
      return memory.fetch(request);
    },
  });
}
