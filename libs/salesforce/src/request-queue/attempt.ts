import type { Session } from '../auth/session.ts';
import type { ExchangeAnswer, ExchangeRequest } from '../http/exchange.ts';

/** A request below the instance's origin. Token and timeouts are added by the queue. */
export interface CallRequest {
  readonly method: ExchangeRequest['method'];
  /** Path with query string, beginning with `/services/`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One try of a call: what its code may do while it holds a place in the queue. */
export interface Attempt {
  /** Aborted when the caller gives up or the queue closes. */
  readonly signal: AbortSignal;
  readonly instanceUrl: Session['instanceUrl'];
  /**
   * Sends one request. The answer is a success (2xx) or 304; its body must be read or destroyed.
   * @throws UmbraError for every other answer, and when none comes
   */
  request(request: CallRequest): Promise<ExchangeAnswer>;
  /** Keeps the place in the queue beyond the call's result, until `done` settles: a body that is still streaming. */
  holdUntil(done: Promise<unknown>): void;
}
