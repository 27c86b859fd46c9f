import { UmbraError, type Meter } from '@umbra/domain';
import type { JobHandler } from '@umbra/redis';
import { countFailures } from './count-failures.ts';

/**
 * Applies what waits in a lane. `upTo` is only a hint: the stored and the applied position in PostgreSQL decide.
 *
 * This build has no write path for stored changes, so every such job fails and is kept: a job that succeeded here would
 * look like changes applied.
 */
export function applyChangesHandler(meter: Meter): JobHandler<'apply-changes'> {
  return {
    job: 'apply-changes',
    handle: () =>
      countFailures(meter, { object: 'unknown', stage: 'apply' }, () =>
        Promise.reject(new UmbraError('SYNC_BUSY', 'This build does not apply stored changes')),
      ),
  };
}
