import type { RecordSource } from '@umbra/domain';
import type { JobHandler } from '@umbra/redis';
import { refreshRecords } from '@umbra/sync';
import type { WritePath } from '../write-path.ts';

/** Reads records by id and merges them: after each live answer of the BFF, so that the shadow catches up. */
export function refreshRecordHandler(path: WritePath, records: RecordSource): JobHandler<'refresh-record'> {
  return {
    job: 'refresh-record',
    handle: async ({ object, ids }, { signal }) => {
      await refreshRecords(path.mirror, records, object, ids, { signal });
    },
  };
}
