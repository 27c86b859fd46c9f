import type { Clock, Log } from '@umbra/domain';

export interface LoopWatchOptions {
  /** Longer than this without a turn of the event loop, and we may have been replaced. Milliseconds. */
  readonly blockedMs: number;
  /** Whether PostgreSQL confirms that what we think we own is ours, and answers for the lanes. */
  readonly confirm: () => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
}

const EVERY_MS = 1_000;

/**
 * Notices that the process has been standing still (a long computation, SIGSTOP, a suspended machine). Nobody could ask
 * for our health meanwhile; afterwards we look alive and may own nothing any more. So readiness stays red until the
 * database has confirmed leases and lanes.
 *
 * States: `trusted` → (a late tick) `suspect` → (confirmed) `trusted`.
 */
export class LoopWatch {
  readonly #options: LoopWatchOptions;
  readonly #ending = new AbortController();
  readonly #watching: Promise<void>;
  #suspect = false;
  /** Monotonic time of the last tick. */
  #tickedAt: number;

  constructor(options: LoopWatchOptions) {
    this.#options = options;
    this.#tickedAt = options.clock.monotonic();
    this.#watching = this.#watch();
  }

  /** Whoever asks right after a block may come before the tick that would notice it. */
  get trusted(): boolean {
    return !this.#suspect && this.#late() < this.#options.blockedMs;
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { blockedMs, clock, log } = this.#options;
    const { signal } = this.#ending;
    for (;;) {
      await clock.sleep(EVERY_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      const late = this.#late();
      this.#tickedAt = clock.monotonic();
      if (late >= blockedMs) {
        this.#suspect = true;
        log.error({ blockedMs: Math.round(late) }, 'event loop stood still');
      }
      if (this.#suspect && (await this.#confirmed())) {
        this.#suspect = false;
        log.info({}, 'leases and lanes confirmed');
      }
    }
  }

  #late(): number {
    return this.#options.clock.monotonic() - this.#tickedAt - EVERY_MS;
  }

  async #confirmed(): Promise<boolean> {
    try {
      return await this.#options.confirm();
    } catch (error) {
      this.#options.log.debug({ err: error }, 'not confirmed yet');
      return false;
    }
  }
}
