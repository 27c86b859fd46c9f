import { mirroredObjectNames } from '@umbra/domain';
import type { Mirror } from '../mirror/mirror.ts';
import { applyInOwnTransaction, BATCH_RECORDS } from './apply-inputs.ts';

/**
 * Brings back records whose reason to wait is gone: the product of a price has arrived, the holder of a SKU has left.
 * Whoever removes a cause releases the waiting records in the same transaction; but two transactions that run at the
 * same time can miss each other, so this sweep looks once more. It asks Salesforce nothing.
 * @returns number of records that were written: 0 when nothing was found, or nothing found could move
 */
export async function releaseWaiting(mirror: Mirror, limit = BATCH_RECORDS): Promise<number> {
  const waiting = await mirror.store.releasable(limit);
  let written = 0;
  for (const object of mirroredObjectNames) {
    const revisit = waiting.filter((ref) => ref.object === object).map(({ recordId }) => recordId);
    if (revisit.length === 0) continue;
    written += (await applyInOwnTransaction(mirror, { object, inputs: [], revisit })).written;
  }
  return written;
}
