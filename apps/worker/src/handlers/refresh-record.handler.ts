import type { Meter, RecordSource } from '@umbra/domain';
import type { JobHandler } from '@umbra/redis';
import { refreshRecords } from '@umbra/sync';
import type { WritePath } from '../write-path.ts';
import { countFailures } from './count-failures.ts';

/** Reads records by id and merges them: after each live answer of the BFF, so that the shadow catches up. */
export function refreshRecordHandler(
  path: WritePath,
  records: RecordSource,
  meter: Meter,
): JobHandler<'refresh-record'> {
  return {
    job: 'refresh-record',
    handle: async ({ object, ids }, { signal }) => {
      await countFailures(meter, { object, stage: 'refresh' }, () =>
        refreshRecords(path.mirror, records, object, ids, { signal }),
      );
    },
  };
}
