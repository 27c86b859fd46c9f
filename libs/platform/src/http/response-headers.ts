import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** Answers are data: nothing may be loaded by them, frame them or be sent from them. */
const dataPolicy = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/**
 * The same headers as plain values, for answers that are given before hooks run: to URLs that the router cannot read,
 * and to bytes that are no HTTP.
 */
export const answerHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
};

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
  await server.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: dataPolicy },
    xFrameOptions: { action: 'deny' },
    // Said over TLS only, below: over plain text browsers must ignore it.
    strictTransportSecurity: false,
  });
  server.addHook('onRequest', (request, reply, done) => {
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
