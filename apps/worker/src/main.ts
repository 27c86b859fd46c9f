import {
  createLogger,
  createShutdown,
  exitCodeOf,
  failureText,
  stopOnSignals,
  systemClock,
} from '@umbra/platform';
import { workerSettings } from './settings.ts';
import { startWorker } from './start-worker.ts';

async function main(): Promise<void> {
  const { env: settings, given } = workerSettings();
  const { log, pino } = createLogger({ service: 'worker', level: settings.log.level, sink: process.stdout });
  log.info({ variables: [...given].sort() }, 'configuration');
  const shutdown = createShutdown({ log });
  stopOnSignals(shutdown, log);
  try {
    const { app, working } = await startWorker({ settings, clock: systemClock, log, pino, shutdown });
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

try {
  await main();
} catch (error) {
  process.stderr.write(`${failureText(error)}\n`);
  process.exit(exitCodeOf(error));
}
