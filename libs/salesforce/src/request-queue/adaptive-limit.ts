import { isUmbraError, type Clock } from '@umbra/domain';

/** Salesforce asks for less: too many at once, or too fast. */
const tooMuch = new Set(['SF_CONCURRENT_LIMIT', 'SF_THROTTLED']);
const firstPauseMs = 500;
const longestPauseMs = 30_000;

/**
 * How many calls of one lane run at once: halved when Salesforce asks for less, one more after each full round that went
 * well. A refusal also begins a pause in which no call of the lane starts, longer each time: calls that all come back at
 * once would be the next storm.
 */
export class AdaptiveLimit {
  readonly #most: number;
  readonly #clock: Clock;
  #now: number;
  #well = 0;
  #refusals = 0;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #pauseEnd = new Date(0);

  constructor(most: number, clock: Clock) {
    this.#most = most;
    this.#now = most;
    this.#clock = clock;
  }

  get concurrency(): number {
    return this.#now;
  }

  /** When the lane begins again; null when it has not stopped. */
  get pausedUntil(): Date | null {
    return this.pauseMs > 0 ? this.#pauseEnd : null;
  }

  /** Milliseconds that no call may start. */
  get pauseMs(): number {
    return Math.max(0, this.#pausedUntil - this.#clock.monotonic());
  }

  /** @param error undefined when the call succeeded @param random in [0, 1) */
  note(error: unknown, random: number): void {
    if (error === undefined) return this.#succeeded();
    if (!isUmbraError(error) || !tooMuch.has(error.code)) return;
    // Calls that were under way together say the same thing once.
    if (this.pauseMs > 0) return;
    this.#now = Math.max(1, Math.floor(this.#now / 2));
    this.#well = 0;
    const told = error.retryAt === undefined ? 0 : error.retryAt.getTime() - this.#clock.now().getTime();
    const grown = Math.min(firstPauseMs * 2 ** this.#refusals, longestPauseMs);
    const pauseMs = Math.min(Math.max(told, grown * (0.5 + random / 2)), longestPauseMs);
    this.#refusals++;
    this.#pausedUntil = this.#clock.monotonic() + pauseMs;
    this.#pauseEnd = new Date(this.#clock.now().getTime() + pauseMs);
  }

  #succeeded(): void {
    this.#refusals = 0;
    if (this.#now === this.#most) return;
    this.#well++;
    if (this.#well < this.#now) return;
    this.#well = 0;
    this.#now++;
  }
}
