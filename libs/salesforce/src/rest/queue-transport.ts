import { PassThrough } from 'node:stream';
import type { HttpRequest, HttpResponse } from 'jsforce/lib/types/common.js';
import { Transport } from 'jsforce/lib/transport.js';
import { StreamPromise } from 'jsforce/lib/util/promise.js';
import type { ExchangeAnswer } from '../http/exchange.ts';
import { jsonLimits, readText } from '../http/read-body.ts';
import type { Attempt } from '../request-queue/attempt.ts';

/**
 * The transport that jsforce gets from us: one request of one attempt. It replaces jsforce's own, which would repeat
 * calls by itself, follow redirects, take a proxy from the environment, wait for half an hour and read bodies of any
 * size. Refusals are thrown as our errors before jsforce sees them.
 */
export class QueueTransport extends Transport {
  readonly #attempt: Attempt;
  /** Head of the answer; undefined until it has come. */
  answer: ExchangeAnswer | undefined;

  constructor(attempt: Attempt) {
    super();
    this.#attempt = attempt;
  }

  override httpRequest(request: HttpRequest): StreamPromise<HttpResponse> {
    return StreamPromise.create(() => ({ stream: new PassThrough(), promise: this.#exchange(request) }));
  }

  async #exchange(request: HttpRequest): Promise<HttpResponse> {
    this.answer = await this.#attempt.request({
      method: 'GET',
      path: request.url.slice(this.#attempt.instanceUrl.length),
      headers: { ...request.headers },
    });
    const body = await readText(this.answer, jsonLimits);
    return { statusCode: this.answer.status, headers: { ...this.answer.headers }, body };
  }
}
