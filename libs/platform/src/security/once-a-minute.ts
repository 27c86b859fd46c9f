import type { Clock } from '@umbra/domain';

const MINUTE_MS = 60_000;
/** More callers than this in a minute are a flood, of which the access log tells. */
const REMEMBERED = 10_000;

/** Lets the same thing through once a minute, so that a storm is told and not repeated. */
export class OnceAMinute {
  readonly #clock: Clock;
  readonly #toldAt = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True the first time in a minute. */
  due(what: string): boolean {
    const now = this.#clock.monotonic();
    for (const [key, at] of this.#toldAt) {
      if (now - at < MINUTE_MS) break;
      this.#toldAt.delete(key);
    }
    if (this.#toldAt.has(what) || this.#toldAt.size >= REMEMBERED) return false;
    this.#toldAt.set(what, now);
    return true;
  }
}
