import type { Log } from '@umbra/domain';
import { exitCodes, type ExitCode } from './exit-codes.ts';

/**
 * Graceful end of a process. Parts register how they stop; on SIGINT or SIGTERM they stop in reverse order, so that
 * what was opened last, and leans on the rest, closes first. A part that hangs is left behind at the deadline: an
 * orchestrator would kill us anyway, and by then what matters is committed or will be repeated. A second signal
 * ends at once. SIGHUP is left to its default (end), because no part of the product reloads.
 */
export interface Shutdown {
  /** Aborts when shutting down begins. */
  readonly signal: AbortSignal;
  /** @param stop is called once, in reverse order of registration */
  onStop(name: string, stop: () => Promise<void> | void): void;
  /** Stops all parts; later calls wait for the first. */
  stop(reason: string): Promise<void>;
}

export interface ShutdownOptions {
  readonly log: Log;
  /** Milliseconds for all parts together. 25 s: five less than the usual 30 s before an orchestrator kills. */
  readonly deadlineMs?: number;
}

export function createShutdown({ log, deadlineMs = 25_000 }: ShutdownOptions): Shutdown {
  const controller = new AbortController();
  const parts: { name: string; stop: () => Promise<void> | void }[] = [];
  let stopping: Promise<void> | undefined;

  const stopAll = async (reason: string): Promise<void> => {
    log.info({ reason }, 'stopping');
    controller.abort(new DOMException(reason, 'AbortError'));
    const deadline = AbortSignal.timeout(deadlineMs);
    const late = new Promise<'late'>((resolve) => {
      deadline.addEventListener('abort', () => resolve('late'), { once: true });
    });
    for (const { name, stop } of parts.toReversed()) {
      try {
        const ended = await Promise.race([Promise.resolve(stop()).then(() => 'stopped' as const), late]);
        if (ended === 'late') log.warn({ part: name }, 'part did not stop in time');
      } catch (error) {
        log.error({ part: name, err: error }, 'part failed to stop');
      }
    }
    log.info({}, 'stopped');
  };

  return {
    signal: controller.signal,
    onStop: (name, stop) => void parts.push({ name, stop }),
    stop: (reason) => (stopping ??= stopAll(reason)),
  };
}

/**
 * Ends the process gracefully on SIGINT and SIGTERM, when nobody reads its output any more, and loudly on an error that
 * nobody caught.
 */
export function stopOnSignals(shutdown: Shutdown, log: Log, exitCode: ExitCode = exitCodes.ok): void {
  let signals = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    signals += 1;
    if (signals > 1) process.exit(exitCodes.interrupted);
    void shutdown.stop(signal).then(() => process.exit(exitCode));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const onCrash = (error: unknown): void => {
    log.error({ err: error }, 'uncaught error');
    void shutdown.stop('uncaught error').then(() => process.exit(exitCodes.failed));
  };
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);
  // Uncaught, the failure of a line would be logged, whose line fails, and so on for ever on a full core.
  const onDeaf = (): void => {
    void shutdown.stop('nobody reads the output').then(() => process.exit(exitCodes.failed));
  };
  process.stdout.on('error', onDeaf);
  process.stderr.on('error', onDeaf);
}
