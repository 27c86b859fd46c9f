import { UmbraError, type Clock, type RequestClass } from '@umbra/domain';
import { Connection } from 'jsforce/lib/connection.js';
import type { z } from 'zod';
import { parseJson } from '../http/parse-json.ts';
import type { Attempt } from '../request-queue/attempt.ts';
import type { Route } from '../request-queue/routes.ts';
import type { SalesforceRequestQueueService } from '../request-queue/salesforce-request-queue.service.ts';
import { QueueTransport } from './queue-transport.ts';

export interface RestRequest {
  readonly route: Exclude<Route, 'token'>;
  readonly requestClass: RequestClass;
  /** Below the API version: `/query?q=…`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface RestAnswer<T> {
  readonly value: T;
  /** The server's time, not later than the moment the request was sent: what was read is at least so fresh. */
  readonly at: Date;
  readonly lastModified: string | undefined;
}

/** GET requests to the REST API: jsforce in the middle, the request queue beneath it, a schema on top. */
export class RestClient {
  readonly #queue: SalesforceRequestQueueService;
  readonly #clock: Clock;
  readonly apiVersion: string;

  constructor(queue: SalesforceRequestQueueService, apiVersion: string, clock: Clock) {
    this.#queue = queue;
    this.#clock = clock;
    this.apiVersion = apiVersion;
  }

  /**
   * @param what names the answer in errors: `query answer`
   * @returns undefined for 304
   * @throws UmbraError
   */
  async get<T>(request: RestRequest, schema: z.ZodType<T>, what: string): Promise<RestAnswer<T> | undefined> {
    const { route, requestClass, signal } = request;
    return this.#queue.run({
      route,
      requestClass,
      signal,
      idempotent: true,
      send: (attempt) => this.#send(attempt, request, schema, what),
    });
  }

  async #send<T>(
    attempt: Attempt,
    request: RestRequest,
    schema: z.ZodType<T>,
    what: string,
  ): Promise<RestAnswer<T> | undefined> {
    const connection = new Connection({ instanceUrl: attempt.instanceUrl, version: this.apiVersion });
    const transport = new QueueTransport(attempt);
    const text = await connection.request<string>(
      { method: 'GET', url: request.path, headers: { accept: 'application/json', ...request.headers } },
      // as text: jsforce would turn long numbers into their nearest double
      { transport, responseType: 'text/plain' },
    );
    const { answer } = transport;
    if (answer === undefined)
      throw new UmbraError('SF_RESPONSE_INVALID', `The ${what} of Salesforce did not come`);
    if (answer.status === 304) return undefined;
    const contentType = answer.headers['content-type'] ?? '';
    if (!/^application\/json\b/i.test(contentType))
      throw new UmbraError('SF_RESPONSE_INVALID', `The ${what} of Salesforce is no JSON`, {
        details: { route: request.route, status: answer.status },
      });
    return {
      value: parseJson(text, schema, what),
      at: this.#readAt(answer.headers.date, answer.headMs),
      lastModified: answer.headers['last-modified'],
    };
  }

  /** `Date` is stamped when the answer is ready, so the wait for it is taken off. */
  #readAt(date: string | undefined, headMs: number): Date {
    const stamped = Date.parse(date ?? '');
    return new Date((Number.isNaN(stamped) ? this.#clock.now().getTime() : stamped) - Math.ceil(headMs));
  }
}
