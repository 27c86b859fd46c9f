import { parseVersion, type Meter, type RecordSource } from '@umbra/domain';
import type { JobHandler } from '@umbra/redis';
import { refreshRecords } from '@umbra/sync';
import type { WritePath } from '../write-path.ts';
import { countFailures } from './count-failures.ts';

/**
 * Reads records by id and merges them: after each live answer of the BFF, so that the shadow catches up, and after an
 * event that tells of a change without its values.
 */
export function refreshRecordHandler(
  path: WritePath,
  records: RecordSource,
  meter: Meter,
): JobHandler<'refresh-record'> {
  return {
    job: 'refresh-record',
    handle: async ({ object, ids, v }, { signal }) => {
      await countFailures(meter, { object, stage: 'refresh' }, () =>
        refreshRecords(path.mirror, records, object, ids, {
          signal,
          guard: path.guard,
          ...(v === undefined ? {} : { atLeast: parseVersion(v) }),
        }),
      );
    },
  };
}
