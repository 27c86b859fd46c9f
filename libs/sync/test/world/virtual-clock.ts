import type { Clock } from '@umbra/domain';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * Time that jumps from one sleeper to the next, so that minutes of back-off, leases and staleness cost nothing. All
 * work between two jumps runs in microtasks, since nothing in a memory world waits for anything outside.
 */
export class VirtualClock implements Clock {
  #at = 0;
  readonly #start: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(start = '2026-03-01T10:00:00.000Z') {
    this.#start = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#start + this.#at);
  }

  monotonic(): number {
    return this.#at;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const sleeper: Sleeper = { at: this.#at + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      const onAbort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Lets everything run that waits for no time. */
  async quiet(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets so much time pass, waking everybody in turn. */
  async pass(ms: number): Promise<void> {
    const until = this.#at + ms;
    for (;;) {
      await this.quiet();
      const next = [...this.#sleepers].reduce<Sleeper | undefined>(
        (first, one) => (one.at <= until && (first === undefined || one.at < first.at) ? one : first),
        undefined,
      );
      if (next === undefined) break;
      this.#sleepers.delete(next);
      this.#at = Math.max(this.#at, next.at);
      next.wake();
    }
    this.#at = until;
    await this.quiet();
  }
}
