import { UmbraError, type Clock, type ErrorCode, type RequestClass } from '@umbra/domain';
import type { Session } from '../auth/session.ts';
import type { Sessions } from '../auth/sessions.ts';
import type { Exchange, ExchangeAnswer } from '../http/exchange.ts';
import { errorLimits, readText } from '../http/read-body.ts';
import { translateAnswer, translateFailure } from '../translate-error.ts';
import type { Attempt, CallRequest } from './attempt.ts';
import type { Governor } from './governor.ts';
import type { RouteStats } from './route-stats.ts';
import { classes, lanes, type Route } from './routes.ts';

export interface SalesforceCall<T> {
  readonly route: Exclude<Route, 'token'>;
  readonly requestClass: RequestClass;
  /** The call may happen twice without harm. */
  readonly idempotent: boolean;
  readonly signal?: AbortSignal | undefined;
  /** One try. Called again for each repetition. */
  send(attempt: Attempt): Promise<T>;
}

export interface CallSenderOptions {
  readonly exchange: Exchange;
  readonly sessions: Sessions;
  readonly governor: Governor;
  readonly stats: RouteStats;
  readonly clock: Clock;
}

/**
 * One try of a call: the session, the exchange, and what its answer teaches about usage, token and route. The governor is
 * asked before each request, so that a repetition with a new token is one more call. After a 401 it signs in again, once per try; everything else is for the queue to repeat.
 */
export class CallSender {
  readonly #options: CallSenderOptions;
  /** Requests sent; sign-ins are no API calls. */
  callsMade = 0;

  constructor(options: CallSenderOptions) {
    this.#options = options;
  }

  /**
   * One try, in a place of the queue that is already ours.
   * @throws UmbraError, or the signal's reason
   */
  async send<T>(call: SalesforceCall<T>, signal: AbortSignal, hold: Attempt['holdUntil']): Promise<T> {
    const { governor, sessions } = this.#options;
    signal.throwIfAborted();
    governor.foresee(call.route, call.requestClass);
    const session = await sessions.current();
    try {
      return await this.#exchange(call, session, signal, hold);
    } catch (error) {
      if (isCode(error, 'SF_CREDENTIALS_REFUSED')) throw sessions.refuse('session-not-for-api');
      if (!isCode(error, 'SF_SESSION_ENDED')) throw error;
    }
    // Nothing was done yet, so even a call that must not happen twice is sent once more, with a new token.
    const renewed = await sessions.replace(session);
    try {
      return await this.#exchange(call, renewed, signal, hold);
    } catch (error) {
      throw isCode(error, 'SF_SESSION_ENDED') ? sessions.refusedAgain(renewed, error) : error;
    }
  }

  async #exchange<T>(
    call: SalesforceCall<T>,
    session: Session,
    signal: AbortSignal,
    hold: Attempt['holdUntil'],
  ): Promise<T> {
    const { stats, clock } = this.#options;
    const started = clock.monotonic();
    try {
      const result = await call.send({
        signal,
        instanceUrl: session.instanceUrl,
        request: (request) => this.#request(call, request, session, signal),
        holdUntil: hold,
      });
      stats.note(call.route, undefined, clock.monotonic() - started);
      return result;
    } catch (cause) {
      const error: unknown = signal.aborted ? signal.reason : translateFailure(cause, call.route);
      stats.note(call.route, error, clock.monotonic() - started);
      throw error;
    }
  }

  async #request(
    call: SalesforceCall<unknown>,
    request: CallRequest,
    session: Session,
    signal: AbortSignal,
  ): Promise<ExchangeAnswer> {
    const { exchange, governor, sessions, clock } = this.#options;
    const lane = lanes[classes[call.requestClass].lane];
    await governor.take(call.route, call.requestClass);
    this.callsMade++;
    const answer = await this.#answered(
      exchange.send({
        method: request.method,
        url: session.instanceUrl + request.path,
        headers: { ...request.headers, authorization: `Bearer ${session.token.reveal()}` },
        ...(request.body === undefined ? {} : { body: request.body }),
        signal,
        headersTimeoutMs: lane.headersTimeoutMs,
        bodyTimeoutMs: lane.bodyTimeoutMs,
      }),
    );
    if ((answer.status >= 200 && answer.status < 300) || answer.status === 304) {
      sessions.accepted(session);
      return answer;
    }
    const body = await readText(answer, errorLimits).catch(() => '');
    const refused = { status: answer.status, body, retryAfter: answer.headers['retry-after'] };
    const error = translateAnswer(refused, call.route, clock.now());
    if (error.code === 'SF_DAILY_LIMIT') governor.noteExhausted();
    // Salesforce looked at the request itself, so it had accepted the token.
    if (answer.status === 400 || answer.status === 404) sessions.accepted(session);
    throw error;
  }

  /** Whatever becomes of it, the request is no longer under way. */
  async #answered(sent: Promise<ExchangeAnswer>): Promise<ExchangeAnswer> {
    let limitInfo: string | undefined;
    try {
      const answer = await sent;
      limitInfo = answer.headers['sforce-limit-info'];
      return answer;
    } finally {
      this.#options.governor.ended(limitInfo);
    }
  }
}

function isCode(error: unknown, code: ErrorCode): error is UmbraError {
  return error instanceof UmbraError && error.code === code;
}
