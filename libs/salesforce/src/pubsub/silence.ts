/** How long a stream may say nothing at all, keep-alives included. Milliseconds. */
export interface SilenceBounds {
  readonly shortest: number;
  readonly longest: number;
}

/** Keep-alives come within 270 s by contract and about every 60 s in practice. */
export const defaultSilence: SilenceBounds = { shortest: 120_000, longest: 300_000 };

/**
 * Twice the usual interval between keep-alives, within bounds. A dead connection often sends neither data nor an end,
 * so that only silence tells; before the first keep-alive nothing is known of this server and the longest wait holds.
 */
export class Silence {
  readonly #bounds: SilenceBounds;
  #lastMessageAt: number;
  #interval: number | undefined;

  constructor(bounds: SilenceBounds, now: number) {
    this.#bounds = bounds;
    this.#lastMessageAt = now;
  }

  /** @param now monotonic milliseconds */
  heard(now: number, keepAlive: boolean): void {
    if (keepAlive) this.#interval = now - this.#lastMessageAt;
    this.#lastMessageAt = now;
  }

  /** Monotonic time after which the stream counts as dead. */
  get deadline(): number {
    const { shortest, longest } = this.#bounds;
    const allowed = this.#interval === undefined ? longest : Math.max(shortest, 2 * this.#interval);
    return this.#lastMessageAt + Math.min(longest, allowed);
  }
}
