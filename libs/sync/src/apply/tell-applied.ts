import type { ApplyDeps } from './apply-deps.ts';
import type { BatchSize } from './batch-size.ts';
import type { Applied } from './lane-attempt.ts';
import { dropCached } from './touched.ts';

/** Tells everybody what a transaction that has committed did. */
export async function tellApplied(
  deps: ApplyDeps,
  lanes: readonly number[],
  applied: Applied,
  started: number,
  size: BatchSize,
): Promise<void> {
  deps.returning.done(applied.returned);
  deps.returning.add(applied.returning);
  await dropCached(deps.mirror, applied.touched);
  if (applied.refresh.length > 0) deps.refresh(applied.refresh);
  const took = deps.clock.monotonic() - started;
  size.took(took, applied.changes.length);
  const { aside, changes, poisoned, written } = applied;
  deps.onApplied?.({ lanes, changes, written, aside, poisoned, took });
}
