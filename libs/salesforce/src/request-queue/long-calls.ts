import { randomUUID } from 'node:crypto';
import type { Clock, Log, SharedSlots } from '@umbra/domain';

/** Beyond the longest call of the background lane; a holder that died gives its place up with it. */
const leaseMs = 150_000;
const lookEveryMs = 250;

export interface LongCallsOptions {
  /** `SF_API_LONG_CALLS`: places of the whole fleet. */
  readonly limit: number;
  readonly slots: SharedSlots | undefined;
  /** How many processes share the places, as last heard. */
  readonly processes: () => number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Calls that may last 20 s or longer, of which Salesforce allows the whole org 25 at once: every call of the background
 * lane counts as one. The fleet shares its places in Redis; while that is away each process keeps to its part of them.
 */
export class LongCalls {
  readonly #options: LongCallsOptions;
  #running = 0;

  constructor(options: LongCallsOptions) {
    this.#options = options;
  }

  /** Waits for a place. @returns gives it up @throws the signal's reason */
  async enter(signal: AbortSignal): Promise<() => Promise<void>> {
    const holder = randomUUID();
    while (!(await this.#take(holder))) await this.#options.clock.sleep(lookEveryMs, signal);
    this.#running++;
    const renewal = this.#keep(holder);
    return async () => {
      this.#running--;
      clearInterval(renewal);
      await this.#options.slots?.leave('long-calls', holder).catch((error: unknown) => {
        this.#options.log.debug({ err: error }, 'place of a long call ends with its lease');
      });
    };
  }

  async #take(holder: string): Promise<boolean> {
    const { limit, processes, slots } = this.#options;
    if (slots === undefined) return this.#running < limit;
    try {
      return await slots.take('long-calls', holder, limit, leaseMs);
    } catch {
      return this.#running < Math.max(1, Math.floor(limit / Math.max(2, processes())));
    }
  }

  /** A result set may stream for longer than a lease. */
  #keep(holder: string): NodeJS.Timeout {
    const { limit, slots } = this.#options;
    return setInterval(() => {
      void slots?.take('long-calls', holder, limit, leaseMs).catch(() => undefined);
    }, leaseMs / 3).unref();
  }
}
