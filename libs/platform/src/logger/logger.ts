import type { Log } from '@umbra/domain';
import { pino, type Logger } from 'pino';
import { escapeLine } from './escape.ts';
import { redactFields } from './redact.ts';
import { isErrorLike } from '../error-like.ts';

/** For frameworks that want a pino logger of their own. */
export type Pino = Logger;

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface LogOptions {
  /** Name of the process: `bff`, `worker`, `backfill`, `ops`. */
  readonly service: string;
  readonly level: LogLevel;
  /** Where lines go. Commands log to standard error, since standard output is their answer. */
  readonly sink: { write(line: string): unknown };
}

/**
 * The structured log of a process: JSON, one line per entry, control characters escaped, only listed fields.
 * The pino logger is for frameworks that want one; everything else takes the `Log` port.
 */
export function createLogger({ service, level, sink }: LogOptions): {
  readonly log: Log;
  readonly pino: Logger;
} {
  const logger = pino(
    {
      level,
      base: { service, pid: process.pid },
      messageKey: 'message',
      timestamp: timestamps(),
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redactFields(fields),
      },
      hooks: {
        // A bare error would lend the entry its message; frameworks log that way.
        logMethod(args, method) {
          const [first, text] = args as [unknown, unknown];
          if (isErrorLike(first))
            method.apply(this, [{ err: first }, typeof text === 'string' ? text : 'error']);
          else method.apply(this, args);
        },
      },
      // Already in its final form: pino's own would add the message and the stack again.
      serializers: { err: (entry: unknown) => entry },
    },
    { write: (line: string) => void sink.write(escapeLine(line)) },
  );
  return { log: asLog(logger), pino: logger };
}

/** Many lines share their millisecond. */
function timestamps(): () => string {
  let at = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== at) {
      at = now;
      text = `,"time":"${new Date(now).toISOString()}"`;
    }
    return text;
  };
}

function asLog(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => asLog(logger.child(redactFields(fields))),
  };
}
