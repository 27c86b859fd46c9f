import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import proxyAddress from '@fastify/proxy-addr';
import type { Log, Meter, RateDecision } from '@umbra/domain';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findCaller } from './access.ts';
import type { Caller, Callers } from './callers.ts';
import { answerHeaders } from './response-headers.ts';
import { TurnWrites } from './turn-writes.ts';

/** An answer that is at hand. */
export interface HeldAnswer {
  readonly status: 200 | 304;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** null with 304. */
  readonly body: Uint8Array | null;
  /** Pattern of the route that made it, for the log. */
  readonly route: string;
}

/** What is asked for. */
export interface HeldRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A request that a handler has answered. */
export interface AnsweredRequest extends HeldRequest {
  /** What the handler has answered, if it can be given again. */
  readonly given?: object;
  readonly routeOptions: { readonly url?: string | undefined };
}

/** The answers that this process holds, by the URL that asked for them. */
export interface HeldAnswers {
  /** Whether the answer is held, or being made for somebody else, so that one more reader costs nothing. */
  isAtHand(url: string): boolean;
  /** Must not throw. @returns undefined when the handler must be asked */
  find(request: HeldRequest): HeldAnswer | undefined;
  /** Told of every request that a handler has answered well. */
  learn(request: AnsweredRequest): void;
}

export interface HeldDoorOptions {
  readonly held: HeldAnswers;
  /** undefined: everybody may do everything. */
  readonly callers: Callers | undefined;
  /** Takes one request from what the caller may ask for; without, nobody is held to a rate here. */
  readonly limit?: (client: { readonly caller?: string; readonly ip: string }) => Promise<RateDecision>;
  /** Proxies in front that may state the client's address. */
  readonly trustedProxyHops: number;
  readonly log: Log;
  readonly meter: Meter;
}

/** Goes on to the framework. @param atHand whether one more reader costs nothing */
type Onward = (atHand: boolean) => void;

/** Every answer's headers that never change. */
const constantHeaders: readonly string[] = Object.entries(answerHeaders).flat();

/**
 * Gives what is at hand before the framework makes anything of a request: its objects, its router and its hooks cost
 * more than such an answer. Who may have it is decided by the same callers and the same rates as there; whoever cannot
 * be told at once, is refused, or needs an answer of another form, goes on, to where refusals are worded.
 */
export class HeldDoor {
  readonly #options: HeldDoorOptions;
  readonly #writes = new TurnWrites();

  constructor(options: HeldDoorOptions) {
    this.#options = options;
  }

  offer(request: IncomingMessage, response: ServerResponse, onward: Onward): void {
    const { callers, held, limit, trustedProxyHops } = this.#options;
    const { headers, method, url = '' } = request;
    if (method !== 'GET' || headers.origin !== undefined || isForwardedTls(request, trustedProxyHops)) {
      onward(false);
      return;
    }
    if (!held.isAtHand(url)) {
      onward(false);
      return;
    }
    const caller = callers === undefined ? undefined : findCaller(callers, headers);
    const mayRead = callers === undefined || (isCaller(caller) && caller.scopes.includes('read'));
    const answer = mayRead ? held.find({ url, headers }) : undefined;
    if (answer === undefined) {
      // A refusal in words costs as much as an answer: whoever is to get one is counted like everybody else.
      onward(mayRead || caller instanceof Promise);
      return;
    }
    const client = {
      ip: addressOf(request, trustedProxyHops),
      ...(isCaller(caller) ? { caller: caller.label } : {}),
    };
    const give = (): void => this.#give(response, answer, client);
    if (limit === undefined) {
      this.#writes.write(give);
      return;
    }
    limit(client).then(
      (decision) => (decision.ok ? this.#writes.write(give) : onward(false)),
      () => onward(true),
    );
  }

  #give(
    response: ServerResponse,
    { body, headers, route, status }: HeldAnswer,
    { caller, ip }: { readonly caller?: string; readonly ip: string },
  ): void {
    const from = performance.now();
    const reqId = randomUUID();
    const own = ['x-request-id', reqId];
    if (body !== null) own.push('content-length', String(body.byteLength));
    response.writeHead(status, [...constantHeaders, ...headers, ...own]);
    response.end(body ?? undefined);
    const ms = performance.now() - from;
    this.#options.meter.observe('bff_answer_seconds', { outcome: 'answered' }, ms / 1_000);
    this.#options.log.info(
      {
        reqId,
        method: 'GET',
        route,
        statusCode: status,
        durationMs: Math.round(ms * 10) / 10,
        clientAddress: ip,
        ...(caller === undefined ? {} : { label: caller }),
      },
      'request answered',
    );
  }
}

/** Tells what is held of the answers that handlers have given. */
export function learnAnswers(server: FastifyInstance, held: HeldAnswers): void {
  server.addHook('onResponse', (request: FastifyRequest & { given?: object }, reply, done) => {
    if (request.method === 'GET' && reply.statusCode === 200 && request.given !== undefined)
      held.learn(request);
    done();
  });
}

function isCaller(found: Caller | undefined | Promise<Caller | undefined>): found is Caller {
  return found !== undefined && !(found instanceof Promise);
}

/** As the framework sees it: the address that the last of the trusted proxies states. */
function addressOf(request: IncomingMessage, trustedProxyHops: number): string {
  if (trustedProxyHops === 0) return request.socket.remoteAddress ?? '';
  return proxyAddress(request, (_address, hop) => hop < trustedProxyHops);
}

/** Such an answer needs one header more, and what a proxy states about TLS is for the framework to judge. */
function isForwardedTls({ headers }: IncomingMessage, trustedProxyHops: number): boolean {
  const stated = headers['x-forwarded-proto'];
  return trustedProxyHops > 0 && stated !== undefined && stated !== 'http';
}
