import type { Clock, Log } from '@umbra/domain';

export interface RepeatOptions {
  /** Part of the log entry when a round fails. */
  readonly name: string;
  /** Milliseconds from the end of one round to the start of the next. */
  readonly everyMs: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Work that is done again and again by this process. */
export interface Repeated {
  /** Lets the running round end, starts no other. */
  stop(): Promise<void>;
}

/**
 * One owner for one recurring task. Rounds never overlap, however long one takes: the pause begins when the round
 * has ended. A failed round is logged and the next one comes as usual; the first of a storm of failures is a warning,
 * the others are for whoever looks closely.
 */
export function repeat({ name, everyMs, run, clock, log }: RepeatOptions): Repeated {
  const stopping = new AbortController();
  const { signal } = stopping;
  let failures = 0;
  const rounds = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await run(signal);
        if (failures > 0) log.info({ part: name, failures }, 'recurring task works again');
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 1) log.warn({ part: name, err: error }, 'recurring task failed');
        else log.debug({ part: name, failures }, 'recurring task failed again');
      }
      await clock.sleep(everyMs, signal).catch(() => undefined);
    }
  };
  const ended = rounds();
  return {
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}
