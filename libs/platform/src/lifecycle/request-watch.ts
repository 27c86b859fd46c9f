import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '@umbra/domain';

/** Nobody has asked for so long: whoever sends requests has noticed that we are not ready any more. Milliseconds. */
const QUIET_MS = 1_000;
/** A client that stays whatever readiness says does not keep us. Milliseconds; stopping altogether may take 25 s. */
const LONGEST_MS = 10_000;

const isProbe = (url = ''): boolean => url.startsWith('/health') || url.startsWith('/metrics');

/**
 * Knows when somebody asked last, so that a server can go on answering while a load balancer still sends to it. Closing
 * the port together with turning readiness red would refuse every request until the next look at readiness.
 */
export class RequestWatch {
  readonly #clock: Clock;
  #askedAt = -Infinity;

  constructor(server: EventEmitter, clock: Clock) {
    this.#clock = clock;
    server.on('request', ({ url }: Pick<IncomingMessage, 'url'>) => {
      if (!isProbe(url)) this.#askedAt = clock.monotonic();
    });
  }

  /** Resolves when nobody has asked for a second, at once where that is so already; after ten seconds in any case. */
  async quiet(): Promise<void> {
    const end = this.#clock.monotonic() + LONGEST_MS;
    for (;;) {
      const now = this.#clock.monotonic();
      const until = Math.min(this.#askedAt + QUIET_MS, end);
      if (until <= now) return;
      await this.#clock.sleep(until - now);
    }
  }
}
