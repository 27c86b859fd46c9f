import type { MirroredObjectName } from '@umbra/domain';
import { readShape } from '../mirror/read-shape.ts';
import { showsCalculated } from '../reconcile/deep-read.ts';
import { readByBulk } from '../reconcile/bulk-rows.ts';
import { settleRows } from '../reconcile/fixed-point.ts';
import { reconcileTuningOf, type ReconcileDeps } from '../reconcile/reconcile-deps.ts';
import { queryRows } from '../reconcile/rest-rows.ts';
import { reconcileRows } from '../reconcile/reconcile-rows.ts';
import { Tally, type TallyFacts } from '../reconcile/tally.ts';

/**
 * Reads values that change without an event and without a stamp: formulas, and fields that follow a parent. Only reads
 * can tell them, so an object that a column shows them of, or that is small enough, is read whole.
 * @returns undefined when the object is left to the deep comparison
 */
export async function refreshCalculated(
  deps: ReconcileDeps,
  object: MirroredObjectName,
  signal: AbortSignal,
): Promise<TallyFacts | undefined> {
  const { mirror, records } = deps.backfill;
  const { schema } = await readShape(mirror, records, object);
  const shown = showsCalculated(deps, object, schema.readOnly);
  const living = await mirror.store.livingCount(object);
  if (!shown && living > reconcileTuningOf(deps).calculatedRows) return undefined;
  const tally = new Tally();
  const claimedUntil = (await deps.reads.coveredAt(object))?.toISOString() ?? null;
  if (living <= reconcileTuningOf(deps).restRows) {
    const options = { claimedUntil, tally, signal, mergeAll: shown };
    const { again } = await queryRows(deps, object, [], options);
    tally.compared += living;
    await settleRows(deps, object, again, options);
    return tally.facts();
  }
  const again: string[] = [];
  await readByBulk(deps.backfill, object, [], signal, async (facts, rows) => {
    tally.compared += rows.length;
    again.push(...(await reconcileRows(deps, facts, rows, { claimedUntil, mergeAll: shown, tally })));
  });
  await settleRows(deps, object, again, { claimedUntil, tally, signal });
  return tally.facts();
}
