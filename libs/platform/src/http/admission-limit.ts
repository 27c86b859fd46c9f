import { performance } from 'node:perf_hooks';
import type { Clock } from '@umbra/domain';

/** Requests that may be under way at once while the process keeps up; they cost memory then, and little else. */
const MOST = 256;
/** However late the process is, so many keep it from standing idle while they wait for its stores. */
const LEAST = 32;
/**
 * How long the last of those that are admitted may wait for the others, in seconds. Whatever is admitted in one turn of
 * the event loop also stands before the refusals of the next, which are to come within 20 ms: at a tenth of a second
 * refusals took several times as long, and no more were answered.
 */
const WAIT_SECONDS = 0.03;
/** The bound is looked at again after so long, in milliseconds. */
const LOOK_EVERY_MS = 100;
/** Part of the time that the event loop is busy from which on the process counts as late. */
const LATE = 0.9;
/** By how much the bound grows with each look at a process that keeps up. */
const GROWTH = 1.5;

export interface AdmissionLimitOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Part of the time since the last call that the process was busy, 0 to 1. */
  readonly busy?: () => number;
}

/**
 * How many requests may be under way at once. What waits for a slow store costs nothing, so a process that has time
 * takes many. One that has none takes as many as it answers in `WAIT_SECONDS` at its present pace (Little's law), so
 * that those who are admitted need not wait for much longer. Refusals also take their share of its time: where they
 * take all of it, the pace says too little of how long an answer will need.
 */
export class AdmissionLimit {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #busy: () => number;
  #limit = MOST;
  #answered = 0;
  #lookedAt: number;

  constructor({ clock, busy = loopUtilization() }: AdmissionLimitOptions) {
    this.#clock = clock;
    this.#busy = busy;
    this.#lookedAt = clock.monotonic();
  }

  /** To be told of each request that was admitted and is over. */
  ended(): void {
    this.#answered += 1;
  }

  get now(): number {
    const now = this.#clock.monotonic();
    const ms = now - this.#lookedAt;
    if (ms >= LOOK_EVERY_MS) {
      const paced = Math.ceil((this.#answered / ms) * 1_000 * WAIT_SECONDS);
      this.#limit =
        this.#busy() > LATE
          ? Math.min(MOST, Math.max(LEAST, paced))
          : Math.min(MOST, Math.ceil(this.#limit * GROWTH));
      this.#answered = 0;
      this.#lookedAt = now;
    }
    return this.#limit;
  }
}

function loopUtilization(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
