import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { InvalidKnob } from '../org/knob-rules.ts';
import type { Org } from '../org/org.ts';
import { SalesforceError } from '../org/record.ts';
import { behaviourRoutes } from './behaviour-routes.ts';
import { dataRoutes } from './data-routes.ts';

export interface ControlOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Further routes, for switches of the wire. */
  readonly extend?: (server: FastifyInstance) => void;
}

export interface ControlServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Room for a transaction of some 100,000 edits. */
const BODY_LIMIT = 256 * 1024 * 1024;
const LOOPBACK = '127.0.0.1';
const loopbackHosts = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * The control API: for tests, benches and people, never for the product. It listens on loopback alone, without
 * credentials, and refuses requests that came under another host name (a web page that had its name point here).
 */
export async function startControl(org: Org, options: ControlOptions): Promise<ControlServer> {
  const server = fastify({ bodyLimit: BODY_LIMIT, forceCloseConnections: true });
  server.addHook('onRequest', async (request, reply) => {
    if (!isLoopback(request))
      await reply.code(403).send({ problems: ['the control API answers loopback host names only'] });
  });
  server.setErrorHandler((error, _request, reply) => {
    const { status, problems } = problemsOf(error);
    return reply.code(status).send({ problems });
  });
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ problems: [`no such route: ${request.method} ${request.url}`] }),
  );
  server.get('/health', () => ({
    status: 'ok',
    scale: org.scale,
    seed: org.seed,
    ...org.identity,
    commits: org.history.length,
    schemaRevision: org.schema.revision,
    openSnapshots: org.openSnapshots,
  }));
  dataRoutes(server, org);
  behaviourRoutes(server, org);
  options.extend?.(server);
  const url = await server.listen({ port: options.port, host: LOOPBACK });
  return { url, close: () => server.close() };
}

function isLoopback(request: FastifyRequest): boolean {
  return loopbackHosts.has(request.headers.host?.replace(/:\d+$/, '') ?? '');
}

function problemsOf(error: unknown): { status: number; problems: readonly string[] } {
  if (error instanceof z.ZodError) {
    return {
      status: 400,
      problems: error.issues.map(
        (issue) => `${issue.path.map(String).join('.') || 'body'}: ${issue.message}`,
      ),
    };
  }
  if (error instanceof InvalidKnob) return { status: 400, problems: error.problems };
  if (error instanceof SalesforceError)
    return { status: error.status, problems: [`${error.errorCode}: ${error.message}`] };
  if (error instanceof Error) {
    const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
    return { status, problems: [error.message] };
  }
  return { status: 500, problems: [String(error)] };
}
