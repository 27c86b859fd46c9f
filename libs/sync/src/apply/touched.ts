import {
  allCatalogScope,
  allEligibilityScope,
  scopesTouchedBy,
  type MirroredObjectName,
  type RecordState,
  type TouchedImage,
  type TouchedRecord,
} from '@umbra/domain';
import type { Mirror } from '../mirror/mirror.ts';

/** A record as readers saw it while it stood in its shadow table. */
export function imageOf(mirror: Mirror, state: RecordState): TouchedImage {
  const { columns } = mirror.projector(state.object).project(state, mirror.revisions.of(state.object));
  return { columns: columns ?? {}, leaves: state.leaves };
}

/** Drops the cache entries of what a committed transaction wrote. */
export async function dropCached(mirror: Mirror, touched: readonly TouchedRecord[]): Promise<void> {
  const scopes = scopesTouchedBy(touched);
  if (scopes.length > 0) await mirror.cache.invalidate(scopes);
}

/** Drops everything cached of an object: one statement wrote many of its records and named none of them. */
export async function dropCachedObject(mirror: Mirror, object: MirroredObjectName): Promise<void> {
  await mirror.cache.invalidate([object === 'Account' ? allEligibilityScope : allCatalogScope]);
}
