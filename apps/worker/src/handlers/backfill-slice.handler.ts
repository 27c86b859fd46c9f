import { UmbraError, type Meter } from '@umbra/domain';
import type { JobHandler } from '@umbra/redis';
import { runSlice } from '@umbra/sync';
import type { WritePath } from '../write-path.ts';
import { countFailures } from './count-failures.ts';

/** One slice of a backfill run, for re-reads that start in the worker. */
export function backfillSliceHandler(path: WritePath, meter: Meter): JobHandler<'backfill-slice'> {
  return {
    job: 'backfill-slice',
    handle: async ({ run, slice }, { signal }) => {
      const outcome = await countFailures(meter, { object: 'unknown', stage: 'backfill' }, () =>
        runSlice(path.backfill, run, slice, { signal }),
      );
      if (outcome === 'interrupted')
        throw new UmbraError('SYNC_BUSY', 'The slice was interrupted; what has landed is kept');
    },
  };
}
