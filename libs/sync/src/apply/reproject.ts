import {
  allCatalogScope,
  allEligibilityScope,
  mirroredObjectNames,
  mirroredObjects,
  projectionText,
  type MirroredObjectName,
} from '@umbra/domain';
import type { Mirror } from '../mirror/mirror.ts';
import { applyInOwnTransaction, BATCH_RECORDS } from './apply-inputs.ts';

/**
 * Writes the user's columns anew where the rules of projection (field map, default currency) have changed since they
 * were written. Works from the stored leaves alone, without a call to Salesforce. The new rules are remembered only
 * when every record has been written, so an interrupted run starts over.
 *
 * @param hash of a text, in any fixed form
 * @returns objects that were projected anew
 */
export async function reprojectChanged(
  mirror: Mirror,
  hash: (text: string) => string,
): Promise<readonly MirroredObjectName[]> {
  const changed: MirroredObjectName[] = [];
  for (const object of mirroredObjectNames) {
    const current = hash(projectionText(mirroredObjects[object], mirror.rules));
    if ((await mirror.store.projectionHash(object)) === current) continue;
    await projectAll(mirror, object);
    await mirror.store.rememberProjection(object, current);
    changed.push(object);
  }
  if (changed.length > 0) await mirror.cache.invalidate([allCatalogScope, allEligibilityScope]);
  return changed;
}

async function projectAll(mirror: Mirror, object: MirroredObjectName): Promise<void> {
  for (let after = ''; ;) {
    const revisit = await mirror.store.recordIdsAfter(object, after, BATCH_RECORDS);
    const last = revisit.at(-1);
    if (last === undefined) return;
    await applyInOwnTransaction(mirror, { object, inputs: [], revisit }, { rewrite: true });
    after = last;
  }
}
