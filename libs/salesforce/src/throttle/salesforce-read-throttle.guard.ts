import { UmbraError, type ClientRates, type Clock, type RateDecision } from '@umbra/domain';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { clientKey, demandsFreshness, type Client } from './client-key.ts';

export interface ReadThrottleOptions {
  /** All reads of a client. */
  readonly requests: ClientRates;
  /** Those that demand an answer so fresh that Salesforce may have to be asked. */
  readonly freshReads: ClientRates;
  /** Reads begin with this path; health and metrics must answer also to who asks too often. */
  readonly prefix: string;
  readonly clock: Pick<Clock, 'now'>;
}

interface Request extends Client {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Holds each client to its rate before anything is asked on its behalf: by its API key, or without one by its address as
 * the trusted proxies state it. Reads that demand freshness have a smaller rate of their own, so that no client can spend
 * the calls of all others. What the org as a whole has left is not decided here but behind cache and shadow, in the
 * request queue.
 *
 * Fails open per process: without Redis each process counts what it sees itself.
 */
export class SalesforceReadThrottleGuard implements CanActivate {
  readonly #options: ReadThrottleOptions;

  constructor(options: ReadThrottleOptions) {
    this.#options = options;
  }

  /** @throws UmbraError READ_THROTTLED with the time to come back */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    if (!request.url.startsWith(this.#options.prefix)) return true;
    const key = clientKey(request);
    await this.#take(this.#options.requests, key, 'requests');
    const demand = request.headers['cache-control'];
    if (demandsFreshness(typeof demand === 'string' ? demand : undefined))
      await this.#take(this.#options.freshReads, key, 'fresh reads');
    return true;
  }

  /** Takes one read of this client, for a way that does not lead through the guard. */
  take(client: Client): Promise<RateDecision> {
    return this.#options.requests.take(clientKey(client));
  }

  async #take(rates: ClientRates, key: string, what: string): Promise<void> {
    const decision = await rates.take(key);
    if (decision.ok) return;
    throw new UmbraError('READ_THROTTLED', `This client has sent too many ${what}`, {
      retryAt: new Date(this.#options.clock.now().getTime() + decision.retryAfterMs),
    });
  }
}
