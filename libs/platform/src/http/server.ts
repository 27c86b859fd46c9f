import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { noTracer, UmbraError, type Log, type Tracer } from '@umbra/domain';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { jsonExceeds } from '../json/json-exceeds.ts';
import type { Pino } from '../logger/logger.ts';
import { PROBLEM_TYPE, sendProblem } from './problem-filter.ts';
import { asUmbraError, problemOf } from './problem.ts';
import { answerHeaders } from './response-headers.ts';
import { RouteTable } from './route-table.ts';
import type { SocketLimits } from './socket-limits.ts';

/** Largest request body in bytes. The largest honest one, a quote of 200 lines, has about 20 KB. */
const BODY_LIMIT = 1024 * 1024;

/** Bounds of a JSON body. A quote of 200 lines nests three deep and names 402 properties. */
const bodyBounds = { depth: 32, keys: 2_000 };

export interface ServerOptions {
  readonly pino: Pino;
  readonly log: Log;
  /** Proxies in front that may state the client's address. */
  readonly trustedProxyHops: number;
  readonly sockets: SocketLimits;
}

/** How the HTTP servers of all processes are set up: own request ids, limits, no guessing about proxies. */
export function serverOptions({ pino, log, trustedProxyHops, sockets }: ServerOptions) {
  return {
    loggerInstance: pino,
    // An id from outside could be chosen so as to collide with, or forge, another request's log entries.
    genReqId: (): string => randomUUID(),
    trustProxy: (_address: string, hop: number): boolean => hop < trustedProxyHops,
    bodyLimit: BODY_LIMIT,
    requestTimeout: sockets.requestTimeoutMs,
    connectionTimeout: sockets.idleTimeoutMs,
    keepAliveTimeout: 10_000,
    http: {
      headersTimeout: sockets.headersTimeoutMs,
      connectionsCheckingInterval: sockets.checkEveryMs,
    },
    onProtoPoisoning: 'error' as const,
    onConstructorPoisoning: 'error' as const,
    routerOptions: { maxParamLength: 300 },
    // A URL that the router cannot read never reaches hooks and filters.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
      const problem = problemOf(asUmbraError(error), request.id);
      log.info({ reqId: request.id, statusCode: problem.status, route: 'unmatched' }, 'request refused');
      sendProblem(reply.headers({ ...answerHeaders, 'x-request-id': request.id }), problem);
    },
    clientErrorHandler: refuseBytes,
  };
}

/** Bytes that are no HTTP request, or come too slowly: answered if the connection still stands, then closed. */
function refuseBytes(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    socket.end('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    return;
  }
  const refusal = asUmbraError(Object.assign(new Error(), { statusCode: 400 }));
  const body = JSON.stringify(problemOf(refusal, randomUUID()));
  const headerLines = Object.entries(answerHeaders)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n${headerLines}\r\n${body}`,
  );
}

interface Caller {
  /** Label of the API key, set by the guard. */
  readonly caller?: string;
}

/**
 * Adds the access log and the request id header, and leaves JSON as the only kind of body.
 * @returns the routes, complete once the server is ready
 */
export function observeServer(server: FastifyInstance, log: Log): RouteTable {
  const routes = new RouteTable();
  takeJsonOnly(server);
  server.addHook('onRoute', ({ method, url }) => routes.add(method, url));
  server.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  server.addHook('onResponse', (request: FastifyRequest & Caller, reply: FastifyReply, done) => {
    log.info(
      {
        reqId: request.id,
        method: request.method,
        route: request.routeOptions.url ?? 'unmatched',
        statusCode: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
        clientAddress: request.ip,
        ...(request.caller === undefined ? {} : { label: request.caller }),
      },
      'request answered',
    );
    done();
  });
  return routes;
}

/** One parser for bodies: what is not JSON, or is so shaped that parsing it would be the attack, is refused. */
function takeJsonOnly(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    const exceeded = jsonExceeds(body, bodyBounds);
    if (exceeded === undefined) void parse(request, body, done);
    else
      done(
        new UmbraError('INPUT_TOO_LARGE', 'The body is shaped like no request of this API', {
          problems: [
            `the body has more than ${bodyBounds[exceeded]} ${exceeded === 'depth' ? 'levels' : 'properties'}`,
          ],
        }),
      );
  });
}

/** Each request is a trace of its own, whatever ids its caller may send along. */
export function traceRequests(server: FastifyInstance, tracer: Tracer): void {
  if (tracer === noTracer) return;
  server.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched';
    const facts = { 'http.request.method': request.method, 'http.route': route };
    void tracer.span(`${request.method} ${route}`, facts, async () => {
      const ended = new Promise((settle) => reply.raw.once('close', settle));
      done();
      await ended;
    });
  });
}
