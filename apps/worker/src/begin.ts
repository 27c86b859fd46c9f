import { StartChecks } from '@umbra/platform';
import { checkRedis, type JobWorkers } from '@umbra/redis';
import type { Store } from '@umbra/store';
import type { Mirroring } from './mirroring.ts';
import type { WorkerOptions } from './worker-options.ts';
import type { WritePath } from './write-path.ts';

/** What must hold before the worker works. */
export interface Checks {
  /** Without these the mirror does not move. */
  readonly mirror: StartChecks;
  /** Without these it moves slower: jobs come late, the sweep comes in time. */
  readonly queue: StartChecks;
}

export function startChecks(store: Store, path: WritePath, options: WorkerOptions): Checks {
  const { settings, clock, log, shutdown } = options;
  const { signal } = shutdown;
  const url = settings.redis.url.reveal();
  return {
    mirror: new StartChecks({
      checks: [
        { name: 'postgres', run: () => store.check() },
        { name: 'salesforce', run: () => path.settle() },
      ],
      clock,
      log,
      signal,
    }),
    queue: new StartChecks({
      checks: [{ name: 'redis', run: async () => void (await checkRedis({ url })) }],
      clock,
      log,
      signal,
    }),
  };
}

/** Waits for the start checks, brings the shadow up to the current field map, then streams and takes jobs. */
export async function begin(
  checks: Checks,
  mirroring: Mirroring,
  consumers: JobWorkers,
  { clock, log, shutdown }: WorkerOptions,
): Promise<void> {
  const { signal } = shutdown;
  if (!(await checks.mirror.untilPassed())) return;
  const projection = new StartChecks({
    checks: [{ name: 'projection', run: () => mirroring.reproject() }],
    clock,
    log,
    signal,
  });
  if (!(await projection.round()) && !(await projection.untilPassed())) return;
  if (signal.aborted) return;
  mirroring.start();
  shutdown.onStop('mirroring', () => mirroring.stop());
  if (!(await checks.queue.untilPassed()) || signal.aborted) return;
  consumers.start();
  log.info({}, 'taking jobs');
}
