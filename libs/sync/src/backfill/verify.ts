import {
  driftRows,
  provenThrough,
  type BackfillRun,
  type BackfillSlice,
  type MirroredObjectName,
  type ShadowComparison,
} from '@umbra/domain';
import { readByBulk } from '../reconcile/bulk-rows.ts';
import { compareRows } from '../reconcile/reconcile-rows.ts';
import { Tally } from '../reconcile/tally.ts';
import type { BackfillDeps } from './backfill-deps.ts';
import { conditionsOf } from './bulk-job.ts';

/** How one object's shadow compares with a fresh read of Salesforce. Stored leaves, columns and existence count, formulas do not. */
export interface ObjectVerification {
  readonly object: MirroredObjectName;
  readonly checked: number;
  /** Rows with another value or another existence. */
  readonly differing: number;
  /** Rows that the shadow does not know. */
  readonly missing: number;
  /** Living records of the shadow that the read did not show; only counted when the read was of the whole object. */
  readonly unexpected: number;
  /** Rows modified after the backfill had read them, or of which the shadow knows more than the read: no drift. */
  readonly changedSince: number;
  /** Ids of some rows that differ or are missing. */
  readonly examples: readonly string[];
}

/** Rows that are wrong: the measure of drift. */
export function driftOf(verification: readonly ObjectVerification[]): number {
  return verification.reduce((sum, one) => sum + one.differing + one.missing + one.unexpected, 0);
}

/**
 * Reads every object of the run once more and compares, without writing: the deep comparison of a reconcile, without
 * its repair.
 */
export async function verifyRun(
  deps: BackfillDeps,
  comparison: Pick<ShadowComparison, 'suspects'>,
  run: BackfillRun,
  slices: readonly BackfillSlice[],
  signal: AbortSignal,
): Promise<readonly ObjectVerification[]> {
  const verified: ObjectVerification[] = [];
  for (const object of run.objects) {
    const tally = new Tally();
    let [living, newerHere] = [0, 0];
    for (const slice of slices.filter((each) => each.object === object)) {
      const claimedUntil = slice.readAt === null ? null : provenThrough(slice.readAt).toISOString();
      await readByBulk(deps, object, conditionsOf(slice, run.since), signal, async (facts, rows) => {
        const options = { claimedUntil, tally, mergeAll: false };
        const compared = await compareRows({ backfill: deps, comparison }, facts, rows, options);
        tally.compared += rows.length;
        living += compared.living;
        newerHere += compared.again.length;
      });
    }
    const { missing } = tally.drift;
    verified.push({
      object,
      checked: tally.compared,
      differing: driftRows(tally.drift) - missing,
      missing,
      unexpected:
        run.since === null ? Math.max(0, (await deps.mirror.store.livingCount(object)) - living) : 0,
      changedSince: tally.inFlight + newerHere,
      examples: tally.facts().examples.map(({ recordId }) => recordId),
    });
  }
  return verified;
}
