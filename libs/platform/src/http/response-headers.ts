import cors from '@fastify/cors';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';

/** Answers are data: nothing may be loaded by them, frame them or be sent from them. */
const dataPolicy = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/**
 * What helmet says for every answer. Nothing in it depends on the request, so it is asked once: working the policy out
 * anew was a tenth of what a cached answer costs.
 */
export const answerHeaders: Readonly<Record<string, string>> = headersOf(
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives: dataPolicy },
    xFrameOptions: { action: 'deny' },
    // Said over TLS only, below: over plain text browsers must ignore it.
    strictTransportSecurity: false,
  }),
);

function headersOf(middleware: ReturnType<typeof helmet>): Record<string, string> {
  const headers: Record<string, string> = {};
  const answer = {
    setHeader: (name: string, value: string) => void (headers[name.toLowerCase()] = value),
    removeHeader: () => undefined,
  };
  middleware({} as IncomingMessage, answer as unknown as ServerResponse, (error) => {
    if (error !== undefined) throw error as Error;
  });
  return headers;
}

/** A year, in seconds. */
const HSTS = 'max-age=31536000; includeSubDomains';

/** Names of our headers that pages of other origins may read. */
const EXPOSED = [
  'age',
  'etag',
  'retry-after',
  'x-data-as-of',
  'x-data-source',
  'x-data-stale',
  'x-request-id',
];

/**
 * Adds the headers that keep browsers from doing with an answer what nobody asked for, and lets pages of the listed
 * origins call. Credentials are never allowed across origins, so no cookie of a browser ever counts.
 */
export async function secureAnswers(server: FastifyInstance, corsOrigins: readonly string[]): Promise<void> {
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers(answerHeaders);
    if (request.protocol === 'https') reply.header('strict-transport-security', HSTS);
    done();
  });
  if (corsOrigins.length > 0)
    await server.register(cors, {
      origin: [...corsOrigins],
      credentials: false,
      methods: ['GET', 'HEAD', 'POST'],
      allowedHeaders: ['authorization', 'cache-control', 'content-type', 'if-none-match'],
      exposedHeaders: EXPOSED,
      // Ten minutes: browsers that ask before each request double the load.
      maxAge: 600,
    });
}

/**
 * Policy of a page with scripts and styles of its own server. They run by the nonce of this one answer, so a script
 * that somebody managed to put into the page does not.
 */
export function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join(';');
}
