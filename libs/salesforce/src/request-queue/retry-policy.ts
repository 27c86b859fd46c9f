import type { Clock, RequestClass, UmbraError } from '@umbra/domain';
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

/** Repetitions are counted against the first tries of the same stretch. */
const windowSeconds = 60;
const repetitionShare = 0.1;
/** So few are no storm, and let a process that makes few calls repeat at all. */
const freeRepetitions = 5;

/**
 * Repetitions as a share of first tries: a server that fails half of all calls gets a tenth more of them from us in any
 * minute, not twice as many.
 */
export class RetryBudget {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #seconds: { readonly second: number; firsts: number; repetitions: number }[] = [];

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** A call is tried for the first time. */
  earn(): void {
    this.#current().firsts++;
  }

  /** @returns false when nothing is left: the failure goes to the caller */
  spend(): boolean {
    const current = this.#current();
    const firsts = this.#seconds.reduce((sum, one) => sum + one.firsts, 0);
    const repetitions = this.#seconds.reduce((sum, one) => sum + one.repetitions, 0);
    if (repetitions >= Math.max(freeRepetitions, Math.floor(firsts * repetitionShare))) return false;
    current.repetitions++;
    return true;
  }

  #current(): { firsts: number; repetitions: number } {
    const second = Math.floor(this.#clock.monotonic() / 1_000);
    const last = this.#seconds.at(-1);
    if (last?.second === second) return last;
    const current = { second, firsts: 0, repetitions: 0 };
    this.#seconds = [...this.#seconds.filter((one) => one.second > second - windowSeconds), current];
    return current;
  }
}
