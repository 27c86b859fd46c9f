import { UmbraError, type Meter } from '@umbra/domain';
import type { JobHandler } from '@umbra/redis';
import { repairObjects, runNightly } from '@umbra/sync';
import type { WritePath } from '../write-path.ts';
import { countFailures } from './count-failures.ts';

/**
 * The chain of the night, or the repair of holes. What was done of the chain is stored, so a job that runs again goes on
 * behind it; which holes there are is asked of the ledger, so the list is only a hint.
 */
export function pullDeltaHandler(path: WritePath, meter: Meter): JobHandler<'pull-delta'> {
  return {
    job: 'pull-delta',
    handle: async ({ holes }, { signal }) => {
      await countFailures(meter, { object: 'unknown', stage: 'delta' }, async () => {
        if (holes.length === 0) {
          await runNightly(path.upkeep, { signal });
          return;
        }
        const { kind } = await repairObjects(path.upkeep, signal);
        if (kind === 'interrupted' || kind === 'busy')
          throw new UmbraError('SYNC_BUSY', 'The repair goes on later; what was read is kept');
      });
    },
  };
}
