import type { CoverageLedger, ShadowComparison, ShadowReads, StreamLog, UpkeepRuns } from '@umbra/domain';
import type { BackfillDeps } from '../backfill/backfill-deps.ts';

/** What comparing the shadow with Salesforce, and repairing it, needs. */
export interface ReconcileDeps {
  readonly backfill: BackfillDeps;
  readonly comparison: ShadowComparison;
  readonly ledger: CoverageLedger;
  readonly upkeep: UpkeepRuns;
  /** Up to when the shadow is claimed to be right: what is newer than that is no drift. */
  readonly reads: Pick<ShadowReads, 'coveredAt'>;
  readonly streams: Pick<StreamLog, 'streams' | 'undecoded'>;
  /** Our clock's instant by the source's clock; left out: they are the same. */
  readonly sourceTime?: (ours: Date) => Date;
  readonly tuning?: Partial<ReconcileTuning>;
}

/**
 * Levers of the comparison.
 *
 * `digestRows`: records per digest. Larger ranges cost fewer aggregate queries, and more rows where they differ.
 * `openRows`: a range that differs is cut until it has no more records than this, then read by REST.
 * `openPercent`: when more of the ranges differ, the object is read in full by Bulk, which is cheaper then.
 * `restRows`: a delta of more records is read by Bulk.
 * `sliceRows`: records of one Bulk job of a deep comparison; what an interruption loses at most.
 * `passes`: how often rows that still differ are read again.
 */
export interface ReconcileTuning {
  readonly digestRows: number;
  readonly openRows: number;
  readonly openPercent: number;
  readonly restRows: number;
  readonly sliceRows: number;
  readonly passes: number;
  /** Rows that are read again one by one at most. */
  readonly mostAgain: number;
  /** Records above which values without a stamp are left to the deep comparison, unless a column shows them. */
  readonly calculatedRows: number;
  readonly leaseSeconds: number;
  /** Ids per page of a sweep: they are short, and a page costs a call. */
  readonly sweepPageRows: number;
}

export const reconcileTuning: ReconcileTuning = {
  digestRows: 200_000,
  openRows: 5_000,
  openPercent: 30,
  restRows: 10_000,
  sliceRows: 250_000,
  passes: 4,
  mostAgain: 20_000,
  calculatedRows: 50_000,
  leaseSeconds: 60,
  sweepPageRows: 250_000,
};

export function reconcileTuningOf({ tuning }: Pick<ReconcileDeps, 'tuning'>): ReconcileTuning {
  return { ...reconcileTuning, ...tuning };
}
