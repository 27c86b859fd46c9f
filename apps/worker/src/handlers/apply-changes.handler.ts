import type { Meter } from '@umbra/domain';
import type { JobHandler } from '@umbra/redis';
import { drainLane, type ApplyDeps } from '@umbra/sync';
import { countFailures } from './count-failures.ts';

/**
 * Applies what waits in a lane, to its end. `upTo` is only a hint: the stored and the applied position in PostgreSQL
 * decide.
 */
export function applyChangesHandler(apply: () => ApplyDeps, meter: Meter): JobHandler<'apply-changes'> {
  return {
    job: 'apply-changes',
    handle: async ({ lane }, { signal }) => {
      await countFailures(meter, { object: 'unknown', stage: 'apply' }, () =>
        drainLane(apply(), lane, signal),
      );
    },
  };
}
