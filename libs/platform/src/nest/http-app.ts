import 'reflect-metadata';
import type { Server } from 'node:net';
import type { CanActivate, DynamicModule } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { TerminusModule } from '@nestjs/terminus';
import { noTracer, type Clock, type Log, type Tracer } from '@umbra/domain';
import { Logger, LoggerModule } from 'nestjs-pino';
import { QueueHealthReporter } from '../health/queue-health.ts';
import { Readiness } from '../health/readiness.ts';
import { AccessGuard, refuseUndeclaredRoutes } from '../http/access.ts';
import { Admission } from '../http/admission.ts';
import type { Callers } from '../http/callers.ts';
import { HeldDoor, learnAnswers, type HeldDoorOptions } from '../http/held-answers.ts';
import { listen, type ListenOptions } from '../http/listen.ts';
import { ProblemFilter } from '../http/problem-filter.ts';
import { secureAnswers } from '../http/response-headers.ts';
import type { RouteTable } from '../http/route-table.ts';
import { observeServer, serverOptions, traceRequests } from '../http/server.ts';
import { socketLimits, type SocketLimits } from '../http/socket-limits.ts';
import type { Pino } from '../logger/logger.ts';
import { PrometheusMeter } from '../metrics/meter.ts';
import { HealthController } from './health.controller.ts';
import { MetricsController } from './metrics.controller.ts';
import { QueuesController } from './queues.controller.ts';

export interface HttpAppOptions {
  readonly pino: Pino;
  readonly log: Log;
  readonly clock: Clock;
  readonly meter: PrometheusMeter;
  readonly readiness: Readiness<string>;
  /** Left out by a process without queues. */
  readonly queues?: QueueHealthReporter;
  /** undefined: everybody may do everything (AUTH_MODE=none). */
  readonly callers: Callers | undefined;
  /** Asked once the caller is known, for every route. */
  readonly guards?: readonly CanActivate[];
  readonly trustedProxyHops?: number;
  readonly corsOrigins?: readonly string[];
  readonly sockets?: SocketLimits;
  /** Default: nothing is traced. */
  readonly tracer?: Tracer;
  /** Answers that need no handler. */
  readonly held?: Pick<HeldDoorOptions, 'held' | 'limit'>;
}

export interface HttpApp {
  readonly server: Server;
  readonly routes: RouteTable;
  /** @returns the port @throws UmbraError INPUT_PORT_TAKEN, INPUT_CONFIGURATION */
  listen(options: ListenOptions): Promise<number>;
  /** Answers what has arrived, takes no more. */
  close(): Promise<void>;
}

type Handler = (...args: never[]) => unknown;

/**
 * Connections that may wait to be taken up, as many as Linux allows (somaxconn). Of a crowd that connects at once, those
 * beyond Node's 511 would have to knock again, and do so after a second.
 */
const WAITING_CONNECTIONS = 4_096;

/** Builds the application of a module, with health and metrics beside it. @see createHttpApp */
export async function buildHttpApp(module: DynamicModule, options: HttpAppOptions): Promise<HttpApp> {
  const { trustedProxyHops = 0, corsOrigins = [], guards = [], sockets = socketLimits } = options;
  // Frameworks announce every module, route and request; what they warn of is worth reading.
  const pino = options.pino.child(
    {},
    { level: options.pino.isLevelEnabled('warn') ? 'warn' : options.pino.level },
  );
  const { log, held, tracer = noTracer } = options;
  const door = {
    admission: new Admission(options),
    // A trace begins behind the door.
    ...(held === undefined || tracer !== noTracer
      ? {}
      : { held: new HeldDoor({ ...options, ...held, trustedProxyHops }) }),
  };
  const adapter = new FastifyAdapter(serverOptions({ pino, log, trustedProxyHops, sockets, door }));
  const routes = observeServer(adapter.getInstance(), log, options.meter);
  traceRequests(adapter.getInstance(), tracer);
  if (held !== undefined) learnAnswers(adapter.getInstance(), held.held);
  const app = await NestFactory.create<NestFastifyApplication>(
    rootModule(module, { ...options, pino }),
    adapter,
    {
      abortOnError: false,
      bufferLogs: true,
      bodyParser: false,
    },
  );
  app.useLogger(app.get(Logger));
  await secureAnswers(adapter.getInstance(), corsOrigins);
  app.useGlobalGuards(new AccessGuard(options.callers), ...guards);
  app.useGlobalFilters(new ProblemFilter({ ...options, methodsOf: (path) => routes.methodsOf(path) }));
  refuseUndeclaredRoutes(handlersOf(app));
  await app.init();
  await adapter.getInstance().ready();
  const server = app.getHttpServer();
  server.maxConnections = sockets.maxSockets;
  return {
    server,
    routes,
    listen: async (where) => {
      const backlog = WAITING_CONNECTIONS;
      const port = await listen((at, host) => app.listen({ port: at, host, backlog }), where);
      return boundPort(server) ?? port;
    },
    close: () => app.close(),
  };
}

function rootModule(module: DynamicModule, options: HttpAppOptions): DynamicModule {
  return {
    module: class RootModule {},
    imports: [
      module,
      DiscoveryModule,
      TerminusModule.forRoot({ logger: false }),
      LoggerModule.forRoot({ pinoHttp: { logger: options.pino }, useExisting: true }),
    ],
    controllers: [
      HealthController,
      MetricsController,
      ...(options.queues === undefined ? [] : [QueuesController]),
    ],
    providers: [
      { provide: QueueHealthReporter, useValue: options.queues },
      { provide: Readiness, useValue: options.readiness },
      { provide: PrometheusMeter, useValue: options.meter },
    ],
  };
}

/** The port that the system chose when any would do. */
function boundPort(server: Server): number | undefined {
  const address = server.address();
  return typeof address === 'object' ? address?.port : undefined;
}

/** Every method of every controller that Nest would route, by a name for people. */
function handlersOf(app: NestFastifyApplication): ReadonlyMap<string, Handler> {
  const scanner = new MetadataScanner();
  const handlers = new Map<string, Handler>();
  for (const { instance, name } of app.get(DiscoveryService).getControllers()) {
    const controller = instance as Readonly<Record<string, Handler>>;
    for (const method of scanner.getAllMethodNames(Object.getPrototypeOf(controller) as object)) {
      const handler = controller[method];
      if (handler !== undefined && Reflect.hasMetadata('path', handler))
        handlers.set(`${name}.${method}`, handler);
    }
  }
  return handlers;
}
