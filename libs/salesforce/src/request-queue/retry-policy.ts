import type { RequestClass, UmbraError } from '@umbra/domain';
import { classes, lanes } from './routes.ts';

/**
 * When a call is tried again, and after how long. Decided here alone: the HTTP layer and jsforce never repeat anything,
 * or repetitions would multiply and hide throttling from the budget.
 */

/** Failures that may pass. A query that ran into its 120 s limit is not among them: it would again. */
const passing = new Set(['SF_UNAVAILABLE', 'SF_THROTTLED', 'SF_CONCURRENT_LIMIT']);

/** Refused before anything was done, so even a call that must not happen twice may be repeated. */
const refusedUnread = new Set(['SF_THROTTLED', 'SF_CONCURRENT_LIMIT']);

export interface FailedTry {
  readonly error: UmbraError;
  /** Tries so far, this one included. */
  readonly tries: number;
  readonly requestClass: RequestClass;
  /** The call may happen twice without harm. */
  readonly idempotent: boolean;
}

/**
 * Milliseconds to wait before the next try; undefined when there is none.
 * @param random a number in [0, 1): full jitter, so that callers who failed together do not return together
 */
export function retryDelay(failed: FailedTry, now: Date, random: () => number): number | undefined {
  const lane = lanes[classes[failed.requestClass].lane];
  const { error, tries } = failed;
  if (tries >= lane.tries) return undefined;
  // A damaged answer is worth one more look; a second one is how this server answers.
  if (!passing.has(error.code) && !(error.code === 'SF_RESPONSE_INVALID' && tries === 1)) return undefined;
  if (!failed.idempotent && !refusedUnread.has(error.code) && error.details.sent !== false) return undefined;
  if (error.retryAt !== undefined) {
    const wait = Math.max(0, error.retryAt.getTime() - now.getTime());
    return wait <= lane.longestRetryAfterMs ? wait : undefined;
  }
  return random() * Math.min(lane.firstBackoffMs * 2 ** (tries - 1), lane.longestBackoffMs);
}

/**
 * Repetitions as a share of first tries: a server that fails half of all calls gets a tenth more of them from us, not
 * twice as many. Every first try earns a tenth of a repetition; a small purse at start lets a short-lived process
 * repeat at all.
 */
export class RetryBudget {
  #purse = 20;

  earn(): void {
    // A purse without a bound would let a quiet day pay for a storm.
    this.#purse = Math.min(this.#purse + 0.1, 50);
  }

  /** @returns false when nothing is left: the failure goes to the caller */
  spend(): boolean {
    if (this.#purse < 1) return false;
    this.#purse -= 1;
    return true;
  }
}
