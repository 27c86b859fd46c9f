import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import type { SourceClock } from './source-clock.ts';
import type { UrlGuard } from './url-guard.ts';

/**
 * One HTTP exchange with Salesforce, nothing more: no redirects, no retries, no tokens, no reading of the body. Only
 * `SalesforceRequestQueueService` and the sign-in use it; whoever bypasses them would bypass the budget.
 */
export interface ExchangeRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** Longest wait for the head of the answer. */
  readonly headersTimeoutMs: number;
  /** Longest silence within the body; a reader that is slow by itself does not count. */
  readonly bodyTimeoutMs: number;
}

export interface ExchangeAnswer {
  readonly status: number;
  /** Names in lower case; of repeated headers the first. */
  readonly headers: Readonly<Record<string, string>>;
  /** As sent: still packed when `content-encoding` says so. Must be read to its end or destroyed. */
  readonly body: Readable;
  /** Milliseconds from sending to the head of the answer. */
  readonly headMs: number;
}

/** Tells our calls from those of the org's other clients; the name reappears as origin of the changes we make. */
const callOptions = 'client=umbra';

export class Exchange {
  readonly guard: UrlGuard;
  readonly #agent: Agent;
  readonly #sourceClock: SourceClock | undefined;

  /** @param sourceClock is told the `Date` of every answer */
  constructor(guard: UrlGuard, sourceClock?: SourceClock) {
    this.guard = guard;
    this.#sourceClock = sourceClock;
    this.#agent = new Agent({
      // 10 s: a TCP or TLS handshake that takes longer will not serve a request either
      connect: { timeout: 10_000, lookup: guard.lookup },
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: 30_000,
      // Salesforce allows 16 KiB of headers; the same is enough for its answers
      maxHeaderSize: 16_384,
    });
  }

  /**
   * @throws UmbraError SF_URL_REFUSED before anything is sent
   * @throws Error of undici or the system when no answer comes
   */
  async send(request: ExchangeRequest): Promise<ExchangeAnswer> {
    const url = this.guard.check(request.url, 'request');
    const sent = performance.now();
    const answer = await this.#agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: {
        'accept-encoding': 'gzip',
        'user-agent': 'umbra',
        ...request.headers,
        'sforce-call-options': callOptions,
      },
      body: request.body ?? null,
      signal: request.signal,
      headersTimeout: request.headersTimeoutMs,
      bodyTimeout: request.bodyTimeoutMs,
    });
    // A body that is given up before anybody reads it reports its end as an error, which would end the process.
    answer.body.on('error', () => undefined);
    const headers = firstOfEach(answer.headers);
    this.#sourceClock?.note(headers['date']);
    return {
      status: answer.statusCode,
      headers,
      body: answer.body,
      headMs: performance.now() - sent,
    };
  }

  /** Ends idle connections and those in use. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function firstOfEach(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const single: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) single[name] = first;
  }
  return single;
}
