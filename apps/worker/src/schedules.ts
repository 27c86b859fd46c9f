import { mirroredObjectNames, type Clock, type Log } from '@umbra/domain';
import { repeat, type Repeated } from '@umbra/platform';
import type { JobSchedules } from '@umbra/redis';
import type { Store } from '@umbra/store';
import type { WorkerPorts } from './worker-ports.ts';

/** When the mirror is compared with Salesforce; cron expressions in UTC. */
export interface Schedule {
  readonly enabled: boolean;
  readonly deltaCron: string;
  readonly reconcileCron: string;
}

export interface SchedulesOptions {
  readonly nightly: Schedule;
  readonly schedules: JobSchedules;
  readonly ports: Pick<WorkerPorts, 'queue'>;
  readonly store: Pick<Store, 'upkeep'>;
  readonly tuning: { readonly schedulesMs: number };
  readonly clock: Clock;
  readonly log: Log;
}

/** A day and some hours: the chain is late when none has ended within it. */
const LATE_MS = 28 * 3_600_000;

/**
 * Keeps the schedules in Redis, which may lose them with everything else, and makes up for a chain that did not come:
 * workers that were down at the hour, or a queue that was. Who comes second adds nothing.
 */
export function keepSchedules(options: SchedulesOptions): Repeated {
  const { clock, log, nightly, ports, schedules, store, tuning } = options;
  const chain = { holes: [] };
  return repeat({
    name: 'schedules',
    everyMs: tuning.schedulesMs,
    clock,
    log,
    run: async () => {
      await schedules.keep('nightly', nightly.enabled ? nightly.deltaCron : null, 'pull-delta', chain);
      for (const object of mirroredObjectNames)
        await schedules.keep(`weekly-${object}`, nightly.reconcileCron, 'reconcile-object', {
          object,
          pass: 'deep',
        });
      if (!nightly.enabled) return;
      const last = (await store.upkeep.latest()).find(({ kind }) => kind === 'nightly');
      // A mirror that has just been set up waits for its first night.
      if (last === undefined || clock.now().getTime() - last.finishedAt.getTime() < LATE_MS) return;
      log.info({ since: last.finishedAt.toISOString() }, 'nightly chain is late');
      await ports.queue.add('pull-delta', chain, { dedupeKey: 'nightly', dedupeMs: 3 * tuning.schedulesMs });
    },
  });
}
