import { randomUUID } from 'node:crypto';
import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions as ServerConfiguration,
} from 'node:http';
import type { Socket } from 'node:net';
import { noTracer, UmbraError, type Log, type Meter, type Tracer } from '@umbra/domain';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { jsonExceeds } from '../json/json-exceeds.ts';
import type { Pino } from '../logger/logger.ts';
import { READS, type Admission } from './admission.ts';
import type { HeldDoor } from './held-answers.ts';
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
  readonly door: Door;
}

/** What stands before the framework. */
export interface Door {
  readonly admission: Admission;
  /** Left out by a process that holds no answers. */
  readonly held?: HeldDoor;
}

/** How the HTTP servers of all processes are set up: own request ids, limits, no guessing about proxies. */
export function serverOptions({ pino, log, trustedProxyHops, sockets, door }: ServerOptions) {
  const bounds = {
    requestTimeout: sockets.requestTimeoutMs,
    connectionTimeout: sockets.idleTimeoutMs,
    keepAliveTimeout: 10_000,
    http: {
      headersTimeout: sockets.headersTimeoutMs,
      connectionsCheckingInterval: sockets.checkEveryMs,
    },
  };
  return {
    ...bounds,
    loggerInstance: pino,
    // An id from outside could be chosen so as to collide with, or forge, another request's log entries.
    genReqId: (): string => randomUUID(),
    trustProxy: (_address: string, hop: number): boolean => hop < trustedProxyHops,
    bodyLimit: BODY_LIMIT,
    serverFactory: behindTheDoor(door, bounds),
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

interface Bounds {
  readonly requestTimeout: number;
  readonly connectionTimeout: number;
  readonly keepAliveTimeout: number;
  readonly http: ServerConfiguration;
}

/**
 * What is given or refused at the door never reaches the framework. A server that is being closed has no door: the
 * framework ends each connection with its answer then. Who makes the server has to set its bounds as well.
 */
function behindTheDoor({ admission, held }: Door, { connectionTimeout, http, ...bounds }: Bounds) {
  return (take: RequestListener): Server => {
    const server = createServer({ ...http, ...bounds }, (request, response) => {
      const onward = (atHand: boolean): void => {
        if (admission.admits(request, response, atHand)) take(request, response);
      };
      if (!server.listening) take(request, response);
      else if (held === undefined) onward(false);
      else held.offer(request, response, onward);
    });
    return server.setTimeout(connectionTimeout);
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
 * Adds the access log, the time that answers take and the request id header, and leaves JSON as the only kind of body.
 * @returns the routes, complete once the server is ready
 */
export function observeServer(server: FastifyInstance, log: Log, meter: Meter): RouteTable {
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
    if (request.url.startsWith(READS))
      meter.observe(
        'bff_answer_seconds',
        { outcome: outcomeOf(reply.statusCode) },
        reply.elapsedTime / 1_000,
      );
    done();
  });
  return routes;
}

function outcomeOf(status: number): 'answered' | 'refused' | 'failed' {
  if (status === 429 || status === 503) return 'refused';
  return status < 500 ? 'answered' : 'failed';
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
