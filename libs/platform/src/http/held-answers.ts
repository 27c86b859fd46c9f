import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RateDecision } from '@umbra/domain';
import { findCaller } from './access.ts';
import type { Caller, Callers } from './callers.ts';
import { answerHeaders } from './response-headers.ts';

/** An answer that is at hand. */
export interface HeldAnswer {
  readonly status: 200 | 304;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** null with 304. */
  readonly body: Uint8Array | null;
}

/** What the hook reads of a request, and the handler leaves on it. */
export interface HeldRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** What the handler has answered, if it can be given again. */
  readonly given?: object;
}

/** The answers that this process holds, by the URL that asked for them. */
export interface HeldAnswers {
  /** Must not throw. @returns undefined when the handler must be asked */
  find(request: HeldRequest): HeldAnswer | undefined;
  /** Told of every request that a handler has answered well. */
  learn(request: HeldRequest): void;
}

export interface HeldAnswersOptions {
  readonly held: HeldAnswers;
  /** undefined: everybody may do everything. */
  readonly callers: Callers | undefined;
  /** Takes one request from what the caller may ask for; without, nobody is held to a rate here. */
  readonly limit?: (client: { readonly caller?: string; readonly ip: string }) => Promise<RateDecision>;
}

/** Every answer's headers that never change. */
const constantHeaders: readonly string[] = Object.entries(answerHeaders).flat();

/**
 * Gives what is at hand before routers, guards and handlers are asked. Who may have it is decided by the same callers
 * and the same rates as there; whoever cannot be told at once, is refused, or needs an answer of another form, takes
 * the long way, where refusals are worded and logged.
 */
export function giveHeldAnswers(server: FastifyInstance, { held, callers, limit }: HeldAnswersOptions): void {
  server.addHook('onRequest', (request: FastifyRequest & { caller?: string }, reply, done) => {
    if (request.method !== 'GET' || request.headers.origin !== undefined || request.protocol !== 'http') {
      done();
      return;
    }
    const caller = callers === undefined ? undefined : findCaller(callers, request.headers);
    const mayRead = callers === undefined || (isCaller(caller) && caller.scopes.includes('read'));
    const answer = mayRead ? held.find(request) : undefined;
    if (answer === undefined) {
      done();
      return;
    }
    const label = isCaller(caller) ? caller.label : undefined;
    if (label !== undefined) request.caller = label;
    if (limit === undefined) {
      give(reply, request.id, answer);
      return;
    }
    limit(request).then(
      (decision) => (decision.ok ? give(reply, request.id, answer) : done()),
      () => done(),
    );
  });
  server.addHook('onResponse', (request: FastifyRequest & { given?: object }, reply, done) => {
    if (request.method === 'GET' && reply.statusCode === 200 && request.given !== undefined)
      held.learn(request);
    done();
  });
}

function isCaller(found: Caller | undefined | Promise<Caller | undefined>): found is Caller {
  return found !== undefined && !(found instanceof Promise);
}

function give(reply: FastifyReply, requestId: string, { status, headers, body }: HeldAnswer): void {
  reply.hijack();
  const own = ['x-request-id', requestId, 'content-length', String(body?.byteLength ?? 0)];
  reply.raw.writeHead(
    status,
    status === 304
      ? [...constantHeaders, ...headers, ...own.slice(0, 2)]
      : [...constantHeaders, ...headers, ...own],
  );
  reply.raw.end(body ?? undefined);
}
