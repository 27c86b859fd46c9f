import type { Clock, Log } from '@umbra/domain';
import { repeat, type PrometheusMeter, type Repeated } from '@umbra/platform';
import type { Salesforce } from '@umbra/salesforce';
import type { JobSchedules } from '@umbra/redis';
import type { Store } from '@umbra/store';
import { repairObjects } from '@umbra/sync';
import { makeRoomAhead } from './retention.ts';
import { sampleShadow } from './samples.ts';
import { keepSchedules, type Schedule } from './schedules.ts';
import type { EventPath } from './stream/event-path.ts';
import type { WorkerTuning } from './tuning.ts';
import type { WorkerPorts } from './worker-ports.ts';
import type { WritePath } from './write-path.ts';

export interface RecurringTasksOptions {
  readonly events: EventPath;
  readonly path: WritePath;
  readonly ports: WorkerPorts;
  readonly store: Store;
  readonly nightly: Schedule;
  readonly schedules: JobSchedules;
  readonly salesforce: Pick<Salesforce, 'sourceTime'>;
  readonly meter: PrometheusMeter;
  readonly tuning: WorkerTuning;
  readonly clock: Clock;
  readonly log: Log;
}

/** Everything that this process does by the clock. None of it needs Redis. */
export function startRecurringTasks(options: RecurringTasksOptions): readonly Repeated[] {
  const { clock, log, meter, salesforce, store } = options;
  return [
    sweep(options),
    samplePositions(options),
    repair(options),
    keepSchedules(options),
    makeRoomAhead(store, clock, log),
    ...sampleShadow(store, { meter, clock, log, sourceTime: (ours) => salesforce.sourceTime(ours) }),
  ];
}

/** Finds what a lost nudge left behind. */
function sweep({ clock, events, log, tuning }: RecurringTasksOptions): Repeated {
  return repeat({
    name: 'sweep',
    everyMs: tuning.sweepMs,
    clock,
    log,
    run: async (signal) => {
      const found = await events.sweep(signal);
      if (found === undefined) return;
      const { applied, decoded, refreshed, released } = found;
      if (applied + decoded + refreshed + released > 0)
        log.info({ changes: applied, decoded, read: refreshed, released }, 'sweep found work');
    },
  });
}

/** Reads are stamped with what was stored long enough ago, so what is stored now is noted now. */
function samplePositions({ clock, log, ports, tuning }: RecurringTasksOptions): Repeated {
  let before: number | undefined;
  return repeat({
    name: 'sample-positions',
    everyMs: tuning.sampleMs,
    clock,
    log,
    run: async () => {
      const now = clock.monotonic();
      // Against this the database notices that its clock was set.
      await ports.streams.samplePositions(before === undefined ? 0 : now - before);
      before = now;
    },
  });
}

/** Full re-reads take long; they have a loop of their own. */
function repair({ clock, log, path, tuning }: RecurringTasksOptions): Repeated {
  return repeat({
    name: 'repair-objects',
    everyMs: tuning.repairMs,
    clock,
    log,
    run: async (signal) => {
      const result = await repairObjects(path.upkeep, signal);
      if (result.kind === 'repaired')
        log.info(
          { object: result.object, closed: result.closed, kind: result.by, calls: result.calls },
          'hole of an object closed',
        );
    },
  });
}
