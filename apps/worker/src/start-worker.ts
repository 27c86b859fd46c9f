import type { DynamicModule } from '@nestjs/common';
import {
  createHttpApp,
  isLoopbackHost,
  loadFieldMap,
  openCallers,
  openTracer,
  QueueHealthReporter,
  securityEvent,
  startFleetHealth,
  traced,
  type HttpApp,
} from '@umbra/platform';
import { connectPatient, createJobWorkers, type AnyJobHandler, type JobWorkers } from '@umbra/redis';
import { openAdapters, portsOf, type Adapters } from './adapters.ts';
import { begin, startChecks } from './begin.ts';
import { applyChangesHandler } from './handlers/apply-changes.handler.ts';
import { backfillSliceHandler } from './handlers/backfill-slice.handler.ts';
import { pullDeltaHandler } from './handlers/pull-delta.handler.ts';
import { reconcileObjectHandler } from './handlers/reconcile-object.handler.ts';
import { refreshRecordHandler } from './handlers/refresh-record.handler.ts';
import { Mirroring } from './mirroring.ts';
import { workerReadiness } from './readiness.ts';
import { topicsOf } from './stream/topics.ts';
import { workerTuning } from './tuning.ts';
import type { WorkerOptions } from './worker-options.ts';
import { WritePath } from './write-path.ts';

export interface Worker {
  readonly app: HttpApp;
  /** Settles once changes are streamed and jobs are taken. @throws UmbraError when a start check fails for good */
  readonly working: Promise<void>;
}

/**
 * Wires the worker. Consumers are built at once, so that a missing handler is fatal at start. The mirror moves when
 * PostgreSQL and Salesforce have passed their checks and the shadow shows the current field map; jobs are taken when
 * Redis has passed as well.
 * @throws UmbraError QUEUE_HANDLERS, INPUT_CONFIGURATION, and what the first round of start checks finds for good
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { settings, clock, log, pino, shutdown, tuning = workerTuning } = options;
  const topics = settings.stream.consumer ? topicsOf(settings.stream.topics) : [];
  const fieldMap = loadFieldMap(settings.catalogue.fieldMapFile);
  const callers = openCallers(settings.auth, { clock, log });
  shutdown.onStop('callers', () => callers.close());
  if (!isLoopbackHost(settings.worker.host))
    securityEvent(log, 'address-open', { listenHost: settings.worker.host });
  const adapters = openAdapters(options, tuning);
  const { store, redis, salesforce, source, meter } = adapters;
  const tracer = await openTracer(settings.tracing, 'worker', shutdown);
  const ports = portsOf(adapters, options.instrument, tracer);
  const { defaultCurrency } = settings.catalogue;
  const path = new WritePath({
    store,
    ports,
    redis,
    salesforce,
    fieldMap,
    defaultCurrency,
    archiveFolder: settings.archive.folder,
    tuning,
    clock,
    log,
    meter,
  });
  const mirroring = new Mirroring({
    path,
    ports,
    store,
    salesforce,
    source,
    topics,
    nightly: settings.nightly,
    schedules: redis.schedules,
    meter,
    tuning,
    clock,
    log,
  });
  const checks = startChecks(store, path, options);
  const readiness = workerReadiness({
    store,
    redis,
    checks: { postgres: checks.mirror, redis: checks.queue },
    takesJobs: () => consumers.running,
    streamsOpen: topics.length === 0 ? undefined : () => mirroring.streamsOpen,
    loopTrusted: () => mirroring.loopTrusted,
    clock,
  });
  shutdown.signal.addEventListener('abort', () => readiness.drain());
  const app = await createHttpApp(workerModule(), {
    pino,
    log,
    clock,
    meter,
    readiness,
    queues: queueHealth(adapters, options),
    callers: callers.callers,
    tracer,
  });
  shutdown.onStop('http', () => app.close());
  // Behind HTTP, so that they stop before it: health says "draining" while the last jobs end.
  const handlers = handlersOf(path, mirroring, adapters).map((one) => traced(tracer, `job.${one.job}`, one));
  const consumers = await buildConsumers(options, options.instrument?.handlers(handlers) ?? handlers);
  await Promise.all([checks.mirror.round(), checks.queue.round()]);
  const working = Promise.all([begin(checks, mirroring, consumers, options), checks.queue.untilPassed()]);
  const done = working.then(() => undefined);
  // Whoever awaits it hears of a failure; until then it must not count as nobody's.
  done.catch(() => undefined);
  return { app, working: done };
}

function handlersOf(
  path: WritePath,
  mirroring: Mirroring,
  { meter, salesforce }: Adapters,
): readonly AnyJobHandler[] {
  return [
    applyChangesHandler(() => mirroring.events, meter),
    refreshRecordHandler(path, salesforce.records, meter),
    backfillSliceHandler(path, meter),
    pullDeltaHandler(path, meter),
    reconcileObjectHandler(path, meter),
  ];
}

async function buildConsumers(
  { settings, clock, log, shutdown }: WorkerOptions,
  handlers: readonly AnyJobHandler[],
): Promise<JobWorkers> {
  const connection = connectPatient({ url: settings.redis.url.reveal(), name: 'worker', log });
  shutdown.onStop('queue connection', () => connection.disconnect());
  const consumers = await createJobWorkers({ redis: connection, handlers, clock, log });
  shutdown.onStop('consumers', () => consumers.close());
  return consumers;
}

function queueHealth(
  { redis, salesforce, store }: Adapters,
  { clock, log, shutdown }: WorkerOptions,
): QueueHealthReporter {
  return new QueueHealthReporter({
    salesforce: salesforce.queue,
    fleet: startFleetHealth({ board: redis.board, salesforce: salesforce.queue, clock, log, shutdown }),
    queue: redis.health,
    shadow: store.reads,
    streams: store.streamLog,
    changes: store.changeLog,
    aside: store.shadow,
    clock,
    log,
  });
}

/** Health and metrics are all that the worker serves; both come with every HTTP app. */
function workerModule(): DynamicModule {
  return { module: class WorkerModule {} };
}
