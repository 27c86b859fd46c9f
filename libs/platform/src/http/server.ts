import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Log } from '@umbra/domain';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Pino } from '../logger/logger.ts';
import { PROBLEM_TYPE, sendProblem } from './problem-filter.ts';
import { asUmbraError, problemOf } from './problem.ts';
import { RouteTable } from './route-table.ts';

/** Largest request body in bytes. The largest honest one, a quote of 200 lines, has about 20 KB. */
const BODY_LIMIT = 1024 * 1024;

export interface ServerOptions {
  readonly pino: Pino;
  readonly log: Log;
  /** Proxies in front that may state the client's address. */
  readonly trustedProxyHops: number;
}

/** How the HTTP servers of all processes are set up: own request ids, limits, no guessing about proxies. */
export function serverOptions({ pino, log, trustedProxyHops }: ServerOptions) {
  return {
    loggerInstance: pino,
    // An id from outside could be chosen so as to collide with, or forge, another request's log entries.
    genReqId: (): string => randomUUID(),
    trustProxy: (_address: string, hop: number): boolean => hop < trustedProxyHops,
    bodyLimit: BODY_LIMIT,
    requestTimeout: 30_000,
    keepAliveTimeout: 10_000,
    onProtoPoisoning: 'error' as const,
    onConstructorPoisoning: 'error' as const,
    routerOptions: { maxParamLength: 300 },
    // A URL that the router cannot read never reaches hooks and filters.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
      const problem = problemOf(asUmbraError(error), request.id);
      log.info({ reqId: request.id, statusCode: problem.status, route: 'unmatched' }, 'request refused');
      sendProblem(reply.header('x-request-id', request.id), problem);
    },
    clientErrorHandler: refuseBytes,
  };
}

/** Bytes that are no HTTP request: answered if the connection still stands, then closed. */
function refuseBytes(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const refusal = asUmbraError(Object.assign(new Error(), { statusCode: 400 }));
  const body = JSON.stringify(problemOf(refusal, randomUUID()));
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
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
  server.removeContentTypeParser('text/plain');
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
