import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  CountBreaker,
  handleWhen,
  IterableBackoff,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { isUmbraError, UmbraError, type Clock, type Log } from '@umbra/domain';
import type { Route } from './routes.ts';

/** Parts of Salesforce that fail apart from each other. Signing in has a breaker of its own. */
export const families = ['rest', 'bulk'] as const;
export type Family = (typeof families)[number];

export function familyOf(route: Route): Family {
  return route.startsWith('bulk-') ? 'bulk' : 'rest';
}

/** Milliseconds that a breaker stays open, the n-th time in a row; the last one from then on. */
const holds = [2_000, 5_000, 10_000, 20_000, 30_000];
/** More than this share of the newest calls must fail, and there must be so many of them. */
const failing = { threshold: 0.4, size: 20, minimumNumberOfCalls: 10 };
/** So many calls find out whether Salesforce is back; one failure among them is one too many. */
const sampled = { calls: 2, threshold: 0 };

/** What speaks of a server in trouble. A refused query, a missing record or a spent allocation does not. */
const trouble = new Set(['SF_UNAVAILABLE', 'SF_RESPONSE_INVALID']);

/**
 * Stops asking a part of Salesforce that fails most of the time, and finds out with single calls whether it is back. Per
 * process: each sees the failures of its own calls within seconds, and nobody's mistake closes the door for all.
 *
 * closed → open when most calls of late have failed → half-open after the hold: a few calls are let through → closed
 * when they succeed, open again (for longer) when not.
 */
export class FamilyBreaker {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #family: Family;
  #policy: CircuitBreakerPolicy;
  #opened = 0;
  #openUntil: { readonly monotonic: number; readonly at: Date } | undefined;

  constructor(family: Family, clock: Clock, log: Log) {
    this.#family = family;
    this.#clock = clock;
    this.#log = log;
    this.#policy = this.#create();
  }

  /** Until when calls are refused without being sent; null while they are not, also when the next one is to find out. */
  get openUntil(): Date | null {
    if (this.#policy.state !== CircuitState.Open || this.#openUntil === undefined) return null;
    return this.#clock.monotonic() < this.#openUntil.monotonic ? this.#openUntil.at : null;
  }

  /** @throws UmbraError SF_UNAVAILABLE without calling while open; what the call throws */
  async run<T>(route: Route, call: () => Promise<T>): Promise<T> {
    this.#mistrustTheWallClock();
    try {
      return await this.#policy.execute(call);
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      throw new UmbraError(
        'SF_UNAVAILABLE',
        'Salesforce has failed too often lately, so it is not asked now',
        {
          retryAt: this.#openUntil?.at ?? this.#clock.now(),
          details: { route, cause: 'breaker', sent: false },
        },
      );
    }
  }

  #create(): CircuitBreakerPolicy {
    const policy = circuitBreaker(
      handleWhen((error) => isUmbraError(error) && trouble.has(error.code)),
      {
        breaker: new CountBreaker(failing),
        halfOpenAfter: new IterableBackoff(holds),
        halfOpenSampling: sampled,
      },
    );
    policy.onBreak(() => {
      const holdMs = holds[Math.min(this.#opened, holds.length - 1)] ?? 0;
      this.#opened++;
      this.#openUntil = {
        monotonic: this.#clock.monotonic() + holdMs,
        at: new Date(this.#clock.now().getTime() + holdMs),
      };
      this.#log.warn(
        { part: this.#family, retryAt: this.#openUntil.at.toISOString() },
        'salesforce breaker open',
      );
    });
    policy.onReset(() => {
      this.#opened = 0;
      this.#openUntil = undefined;
      this.#log.info({ part: this.#family }, 'salesforce breaker closed');
    });
    return policy;
  }

  /** The library holds by the wall clock: one that is set back must not keep us away for hours. */
  #mistrustTheWallClock(): void {
    if (this.#policy.state !== CircuitState.Open || this.#openUntil === undefined) return;
    const longest = holds.at(-1) ?? 0;
    if (this.#clock.monotonic() < this.#openUntil.monotonic + longest) return;
    this.#opened = 0;
    this.#openUntil = undefined;
    this.#policy = this.#create();
  }
}
