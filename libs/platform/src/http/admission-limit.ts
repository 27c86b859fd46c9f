import { performance } from 'node:perf_hooks';
import type { Clock } from '@umbra/domain';

/** Requests that may be under way at once while the process keeps up; they cost memory then, and little else. */
const MOST = 256;
/** However late the process is with answers, so many keep it from standing idle while they wait for its stores. */
const LEAST = 32;
/**
 * How long the last of those that are admitted may wait for the others, in seconds. Whatever is admitted in one turn of
 * the event loop also stands before the refusals of the next, which are to come within 20 ms: at a tenth of a second
 * refusals took several times as long, and no more were answered.
 */
const WAIT_SECONDS = 0.03;
/** The bound is looked at again after so long, in milliseconds. */
const LOOK_EVERY_MS = 100;
/** From so many refusals for each answer on it is a crowd. */
const CROWD = 3;
/**
 * So many are admitted at least while a crowd is refused. Each answer takes the time of several refusals, and where a
 * crowd leaves no time at all, those that wait in the kernel make everybody late.
 */
const LEAST_IN_A_CROWD = 2;
/** Busy for more than this part of the time, a process has none left for the moments in which a crowd comes faster. */
const LATE_IN_A_CROWD = 0.75;
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
 * that those who are admitted need not wait for much longer. While it refuses a crowd, which takes its time as well, it
 * takes half as many with each look, until it has time again.
 */
export class AdmissionLimit {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #busy: () => number;
  #limit = MOST;
  #answered = 0;
  #refused = 0;
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

  /** To be told of each request that was refused. */
  refused(): void {
    this.#refused += 1;
  }

  get now(): number {
    const now = this.#clock.monotonic();
    const ms = now - this.#lookedAt;
    if (ms >= LOOK_EVERY_MS) {
      const crowd = this.#refused > CROWD * this.#answered;
      const isLate = this.#busy() > (crowd ? LATE_IN_A_CROWD : LATE);
      const late = crowd ? this.#half() : this.#paced(ms);
      this.#limit = Math.min(MOST, isLate ? late : Math.ceil(this.#limit * GROWTH));
      this.#refused = 0;
      this.#answered = 0;
      this.#lookedAt = now;
    }
    return this.#limit;
  }

  #paced(ms: number): number {
    return Math.max(LEAST, Math.ceil((this.#answered / ms) * 1_000 * WAIT_SECONDS));
  }

  #half(): number {
    return Math.max(LEAST_IN_A_CROWD, Math.floor(this.#limit / 2));
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
