import {
  createLogger,
  createShutdown,
  exitCodeOf,
  failureText,
  LineBuffer,
  securityEvent,
  stopOnSignals,
  systemClock,
} from '@umbra/platform';
import { bffSettings } from './settings.ts';
import { startBff } from './start-bff.ts';

async function main(): Promise<void> {
  const { env: settings, given } = bffSettings();
  const { log, pino } = createLogger({
    service: 'bff',
    level: settings.log.level,
    sink: new LineBuffer(process.stdout),
  });
  securityEvent(log, 'configuration-read', { variables: [...given].sort() });
  const shutdown = createShutdown({ log });
  stopOnSignals(shutdown, log);
  try {
    const { app, checked } = await startBff({ settings, clock: systemClock, log, pino, shutdown });
    const port = await app.listen({
      host: settings.bff.host,
      port: settings.bff.port,
      setBy: given.has('BFF_PORT') ? 'BFF_PORT' : undefined,
    });
    log.info({ port, listenHost: settings.bff.host }, 'listening');
    await checked;
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
