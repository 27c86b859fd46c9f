import type { Clock } from '@umbra/domain';

interface Waiting {
  /** When it was first in vain, monotonic. */
  readonly since: number;
  readonly next: number;
  readonly attempts: number;
}

/** Milliseconds. The limit is three times the staleness that an answer of Salesforce may have. */
const FIRST_MS = 2_000;
const LONGEST_MS = 60_000;
const LIMIT_MS = 15 * 60_000;
const REMEMBERED = 50_000;

/**
 * When a record that was asked for in vain is to be asked for again, and when it has been long enough. Kept in memory:
 * a restart asks once more, and waits once more.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isDue(id: string): boolean {
    const waiting = this.#waiting.get(id);
    return waiting === undefined || waiting.next <= this.#clock.monotonic();
  }

  /** Notes another attempt in vain. */
  postpone(id: string): 'again' | 'exhausted' {
    const now = this.#clock.monotonic();
    const { attempts, since } = this.#waiting.get(id) ?? { attempts: 0, since: now };
    if (now - since >= LIMIT_MS) return 'exhausted';
    const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts, 16));
    this.#waiting.set(id, { since, attempts: attempts + 1, next: now + wait });
    this.#bound();
    return 'again';
  }

  forget(id: string): void {
    this.#waiting.delete(id);
  }

  #bound(): void {
    if (this.#waiting.size <= REMEMBERED) return;
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined) this.#waiting.delete(oldest);
  }
}
