import type { Meter } from '@umbra/domain';
import type { JobHandler } from '@umbra/redis';
import { reconcileObject } from '@umbra/sync';
import type { WritePath } from '../write-path.ts';
import { countFailures } from './count-failures.ts';

/** Compares one object with Salesforce and repairs what differs; goes on where an interrupted attempt was. */
export function reconcileObjectHandler(path: WritePath, meter: Meter): JobHandler<'reconcile-object'> {
  return {
    job: 'reconcile-object',
    handle: async ({ object, pass }, { signal }) => {
      await countFailures(meter, { object, stage: 'reconcile' }, () =>
        reconcileObject(path.upkeep, { object, depth: pass, signal }),
      );
    },
  };
}
