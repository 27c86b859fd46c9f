import { isUmbraError, type UmbraError } from '@umbra/domain';

/** What becomes of a job whose handler threw. */
export type JobOutcome =
  /** An attempt is used up; the back-off decides when the next one is. */
  | { readonly kind: 'retry' }
  /** No attempt is used up. */
  | { readonly kind: 'delay'; readonly until: Date }
  /** Kept as failed. `alarm`: somebody has to look at it. */
  | { readonly kind: 'stop'; readonly alarm: boolean };

/** When the other side named no time. */
const DEFAULT_DELAY_MS = 60_000;

/**
 * The worker's reading of an error's kind and verdict.
 * @param attemptsMade attempts that failed before this one
 */
export function jobOutcome(error: unknown, attemptsMade: number, now: Date): JobOutcome {
  // Nobody foresaw it: the attempts of the job bound how often it is tried.
  if (!isUmbraError(error)) return { kind: 'retry' };
  switch (error.kind) {
    case 'invalid':
    case 'not-found':
    case 'conflict':
      return byVerdict(error);
    case 'throttled':
      return { kind: 'delay', until: error.retryAt ?? new Date(now.getTime() + DEFAULT_DELAY_MS) };
    case 'unavailable':
      return { kind: 'retry' };
    case 'unauthorised':
      // Once more, with whatever token the next attempt gets; then it is a matter of configuration.
      return attemptsMade === 0 ? { kind: 'retry' } : { kind: 'stop', alarm: true };
    case 'invariant':
      return { kind: 'stop', alarm: true };
  }
}

function byVerdict(error: UmbraError): JobOutcome {
  switch (error.retry) {
    case 'never':
      return { kind: 'stop', alarm: false };
    case 'later':
    case 'now':
      return { kind: 'retry' };
  }
}
