import {
  createLogger,
  createShutdown,
  exitCodeOf,
  failureText,
  securityEvent,
  stopOnSignals,
  systemClock,
} from '@umbra/platform';
import { workerSettings } from './settings.ts';
import { startWorker } from './start-worker.ts';
import type { WorkerOptions } from './worker-options.ts';

/** What a composition may change about the worker. */
export type Composition = Pick<WorkerOptions, 'tuning' | 'instrument'>;

/**
 * The process of the worker, until a signal ends it; a failure to start ends it with its exit code.
 * @param compose is called within, so that what it throws is reported like any other mistake
 */
export async function runWorker(compose: () => Composition = () => ({})): Promise<void> {
  try {
    await run(compose());
  } catch (error) {
    process.stderr.write(`${failureText(error)}\n`);
    process.exit(exitCodeOf(error));
  }
}

async function run(composition: Composition): Promise<void> {
  const { env: settings, given } = workerSettings();
  const { log, pino } = createLogger({ service: 'worker', level: settings.log.level, sink: process.stdout });
  securityEvent(log, 'configuration-read', { variables: [...given].sort() });
  const shutdown = createShutdown({ log });
  stopOnSignals(shutdown, log);
  try {
    const { app, working } = await startWorker({
      settings,
      clock: systemClock,
      log,
      pino,
      shutdown,
      ...composition,
    });
    const port = await app.listen({
      host: settings.worker.host,
      port: settings.worker.port,
      setBy: given.has('WORKER_PORT') ? 'WORKER_PORT' : undefined,
    });
    log.info({ port, listenHost: settings.worker.host }, 'listening');
    await working;
  } catch (error) {
    log.error({ err: error }, 'cannot start');
    await shutdown.stop('cannot start');
    throw error;
  }
}
