import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultAction } from '../../org/fault-table.ts';
import type { Org } from '../../org/org.ts';
import type { SessionStore } from '../oauth/session-store.ts';
import { apiError, invalidSession } from './api-error.ts';
import { callOption, Exchange } from './exchange.ts';
import { errorReply } from './render-error.ts';
import { html, json, type Reply } from './reply.ts';
import { Router, type Route, type RouteMatch } from './router.ts';
import { send } from './send.ts';

/** URI and headers together, Salesforce's limit. */
const MAX_HEAD_BYTES = 16_384;

export interface WireServerOptions {
  readonly org: Org;
  readonly sessions: SessionStore;
  readonly routes: readonly Route[];
  /** Told of failures that are the simulator's own; the client sees an UNKNOWN_EXCEPTION. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * The order in which a request is judged: size of its head, route, fault switches, session, allocation, handler. Every
 * answer to a valid session carries `Sforce-Limit-Info`.
 */
export function createWireServer(options: WireServerOptions): Server {
  const router = new Router(options.routes);
  return createServer(
    { maxHeaderSize: 256 * 1024, keepAliveTimeout: 60_000, noDelay: true },
    (message, response) => {
      serve(message, response, router, options).catch((error: unknown) => {
        // a client that hangs up in the middle of a body is its own business
        if (!response.destroyed && !isHangUp(error)) options.onFailure(error);
        response.destroy();
      });
    },
  );
}

const isHangUp = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  [
    'ERR_STREAM_PREMATURE_CLOSE',
    'ECONNRESET',
    'EPIPE',
    'ERR_STREAM_DESTROYED',
    'ERR_STREAM_UNABLE_TO_PIPE',
  ].includes(String(error.code));

async function serve(
  message: IncomingMessage,
  response: ServerResponse,
  router: Router,
  options: WireServerOptions,
): Promise<void> {
  const { org, sessions } = options;
  // A client that asks for the time by this header learns that of the org, as with everything else that carries a time.
  response.setHeader('date', new Date(org.clock.now()).toUTCString());
  const target = message.url ?? '/';
  const refusedHead = headRefusal(message, target);
  if (refusedHead !== undefined) {
    await finish(message, response, refusedHead, {}, undefined);
    return;
  }

  let url: URL;
  let match: RouteMatch;
  try {
    url = requestUrl(target);
    match = router.match(message.method ?? 'GET', url.pathname);
  } catch (error) {
    await finish(message, response, errorReply(error, message.headers.accept), {}, undefined);
    return;
  }
  const { route } = match;
  const session = sessions.find(bearerToken(message));
  const isPermitted = route.access === 'open' || session !== undefined;
  const ticket = org.limits.begin({
    route: route.name,
    class: route.class,
    client: callOption(message, 'client'),
    counted: route.uncounted !== true && isPermitted,
  });
  let status = 500;
  let bytes = 0;
  try {
    const fault = org.faults.consult({ route: route.name, method: route.method, path: target });
    if (fault?.latencyMs !== undefined) await delay(fault.latencyMs);
    const isCarriedOut = fault?.status === undefined && fault?.body === undefined && fault?.htmlBody !== true;
    const reply = isCarriedOut
      ? await answer(
          new Exchange(message, url, match.params, session),
          route,
          isPermitted,
          ticket.refused,
          options,
        )
      : faultReply(fault);
    ({ status } = reply);
    const usage: Record<string, string> =
      session !== undefined && url.pathname.startsWith('/services/data')
        ? { 'Sforce-Limit-Info': org.limits.limitInfo() }
        : {};
    bytes = await finish(message, response, reply, { ...usage, ...fault?.headers }, fault);
  } finally {
    ticket.end(status, bytes);
  }
}

async function answer(
  exchange: Exchange,
  route: Route,
  isPermitted: boolean,
  refused: Error | undefined,
  options: WireServerOptions,
): Promise<Reply> {
  try {
    if (!isPermitted) throw invalidSession();
    if (refused !== undefined) throw refused;
    return await route.handle(exchange);
  } catch (error) {
    const reply = errorReply(error, exchange.header('accept'));
    if (reply.status === 500) options.onFailure(error);
    return reply;
  }
}

function faultReply(fault: FaultAction): Reply {
  const status = fault.status ?? 503;
  if (fault.htmlBody === true)
    return html(status, status === 420 ? 'We are setting things up' : 'Server Unavailable');
  if (fault.body === undefined) return { status, body: { kind: 'none' } };
  if (typeof fault.body === 'string')
    return { status, body: { kind: 'text', text: fault.body, contentType: 'text/plain;charset=UTF-8' } };
  return json(fault.body, status);
}

async function finish(
  message: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  headers: Readonly<Record<string, string>>,
  fault: FaultAction | undefined,
): Promise<number> {
  // an unread request body would else be taken for the next request on this connection
  if (!message.readableEnded) message.resume();
  return send(response, reply, {
    acceptsGzip: /\bgzip\b/u.test(String(message.headers['accept-encoding'] ?? '')),
    headOnly: message.method === 'HEAD',
    headers,
    fault,
  });
}

/** @throws ApiError 400 for a target that is no path */
function requestUrl(target: string): URL {
  const absolute = `http://simulator${target}`;
  if (!target.startsWith('/') || !URL.canParse(absolute))
    throw apiError(400, 'BAD_REQUEST', 'The request target is not a path');
  return new URL(absolute);
}

function bearerToken(message: IncomingMessage): string {
  return /^(?:Bearer|OAuth)\s+(\S+)$/iu.exec(message.headers.authorization ?? '')?.[1] ?? '';
}

function headRefusal(message: IncomingMessage, target: string): Reply | undefined {
  let size = Buffer.byteLength(target);
  const isLongUri = size > MAX_HEAD_BYTES;
  for (const part of message.rawHeaders) size += Buffer.byteLength(part, 'latin1') + 2;
  if (size <= MAX_HEAD_BYTES) return undefined;
  return isLongUri ? html(414, 'URI Too Long') : html(431, 'Request Header Fields Too Large');
}
