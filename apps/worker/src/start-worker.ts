import type { DynamicModule } from '@nestjs/common';
import type { Clock, Log, Meter, RecordSource } from '@umbra/domain';
import {
  ApiKeyFile,
  createHttpApp,
  loadFieldMap,
  PrometheusMeter,
  Readiness,
  StartChecks,
  type HttpApp,
  type Pino,
  type Shutdown,
} from '@umbra/platform';
import { checkRedis, connectPatient, createJobWorkers, RedisServices, type JobWorkers } from '@umbra/redis';
import { openSalesforce } from '@umbra/salesforce';
import { createStore, type Store } from '@umbra/store';
import { applyChangesHandler } from './handlers/apply-changes.handler.ts';
import { backfillSliceHandler } from './handlers/backfill-slice.handler.ts';
import { refreshRecordHandler } from './handlers/refresh-record.handler.ts';
import { startReleaseSweeper } from './release-sweeper.ts';
import { sampleShadow } from './samples.ts';
import type { WorkerSettings } from './settings.ts';
import { WritePath } from './write-path.ts';

export interface WorkerOptions {
  readonly settings: WorkerSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly pino: Pino;
  readonly shutdown: Shutdown;
}

export interface Worker {
  readonly app: HttpApp;
  /** Settles once jobs are taken. @throws UmbraError when a start check fails for good */
  readonly working: Promise<void>;
}

/**
 * Wires the worker. Consumers are built at once, so that a missing handler is fatal at start, and take jobs only when
 * the start checks have passed and the shadow shows the current field map.
 * @throws UmbraError QUEUE_HANDLERS, INPUT_CONFIGURATION, and what the first round of start checks finds for good
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { settings, clock, log, pino, shutdown } = options;
  const meter = new PrometheusMeter('worker').includeProcess();
  const fieldMap = loadFieldMap(settings.catalogue.fieldMapFile);
  const keys = settings.auth.mode === 'key' ? new ApiKeyFile(settings.auth.keysFile, clock) : undefined;
  const databaseUrl = settings.database.url.reveal();
  const redisUrl = settings.redis.url.reveal();

  const store = createStore({ databaseUrl, applicationName: 'umbra-worker' });
  shutdown.onStop('postgres', () => store.close());
  const redis = new RedisServices({ url: redisUrl, clock, log });
  shutdown.onStop('redis', () => redis.close());
  const salesforce = openSalesforce(settings.salesforce, { clock, log, meter, counters: redis.counters });
  shutdown.onStop('salesforce', () => salesforce.close());
  const { defaultCurrency } = settings.catalogue;
  const path = new WritePath({ store, redis, salesforce, fieldMap, defaultCurrency, clock, log });

  const checks = new StartChecks({
    checks: [
      { name: 'postgres', run: () => store.check() },
      { name: 'redis', run: async () => void (await checkRedis({ url: redisUrl })) },
      { name: 'salesforce', run: () => path.settle() },
    ],
    clock,
    log,
    signal: shutdown.signal,
  });
  const readiness = workerReadiness(store, redis, checks, () => consumers.running, clock);
  shutdown.signal.addEventListener('abort', () => readiness.drain());
  const app = await createHttpApp(workerModule(), { pino, log, clock, meter, readiness, keys });
  shutdown.onStop('http', () => app.close());
  // Behind HTTP, so that they stop before it: health says "draining" while the last jobs end.
  const consumers = await buildConsumers(redisUrl, path, { records: salesforce.records, meter }, options);
  await checks.round();
  const working = begin({ checks, path, consumers, store, meter }, options);
  // Whoever awaits it hears of a failure; until then it must not count as nobody's.
  working.catch(() => undefined);
  return { app, working };
}

async function buildConsumers(
  redisUrl: string,
  path: WritePath,
  { records, meter }: { readonly records: RecordSource; readonly meter: Meter },
  { clock, log, shutdown }: WorkerOptions,
): Promise<JobWorkers> {
  const connection = connectPatient({ url: redisUrl, name: 'worker', log });
  shutdown.onStop('queue connection', () => connection.disconnect());
  const consumers = await createJobWorkers({
    redis: connection,
    handlers: [
      applyChangesHandler(meter),
      refreshRecordHandler(path, records, meter),
      backfillSliceHandler(path, meter),
    ],
    clock,
    log,
  });
  shutdown.onStop('consumers', () => consumers.close());
  return consumers;
}

/** Ready while PostgreSQL answers and its schema is known; without Redis or Salesforce it waits, degraded. */
function workerReadiness(
  store: Store,
  redis: RedisServices,
  checks: StartChecks,
  takesJobs: () => boolean,
  clock: Clock,
): Readiness<'postgres' | 'redis' | 'consumers'> {
  return new Readiness({
    checks: {
      postgres: async () => {
        await store.ping();
        return checks.passed('postgres');
      },
      redis: async () => {
        await redis.health.snapshot();
        return checks.passed('redis');
      },
      consumers: () => Promise.resolve(takesJobs()),
    },
    verdict: ({ postgres }) => postgres === 'up',
    clock,
  });
}

/** Health and metrics are all that the worker serves; both come with every HTTP app. */
function workerModule(): DynamicModule {
  return { module: class WorkerModule {} };
}

interface Wired {
  readonly checks: StartChecks;
  readonly path: WritePath;
  readonly consumers: JobWorkers;
  readonly store: Store;
  readonly meter: PrometheusMeter;
}

/** Waits for the start checks, brings the shadow up to the current field map, then takes jobs. */
async function begin(wired: Wired, { clock, log, shutdown }: WorkerOptions): Promise<void> {
  const { checks, path, consumers, store, meter } = wired;
  const { signal } = shutdown;
  if (!(await checks.untilPassed())) return;
  const projection = new StartChecks({
    checks: [{ name: 'projection', run: () => path.reproject() }],
    clock,
    log,
    signal,
  });
  if (!(await projection.round()) && !(await projection.untilPassed())) return;
  if (signal.aborted) return;
  consumers.start();
  const tasks = [startReleaseSweeper(path, { clock, log }), ...sampleShadow(store, { meter, clock, log })];
  shutdown.onStop('recurring tasks', async () => {
    await Promise.all(tasks.map((task) => task.stop()));
  });
  log.info({}, 'taking jobs');
}
