import type { PubsubAddress } from '@umbra/salesforce';
import type { IngestTuning, ReconcileTuning } from '@umbra/sync';

/** Times of the worker that are nobody's configuration: a composition may shorten them, the environment may not. */
export interface WorkerTuning {
  readonly ingest: Partial<IngestTuning>;
  readonly silence: PubsubAddress['silence'];
  /** For so long a lane is not offered to other workers; 0: always offered at once, undefined: the product's choice. */
  readonly nudgeOwnMs: number | undefined;
  /** How stale an answer of Salesforce may be; undefined: the product's assumption. */
  readonly sourceStalenessMs: number | undefined;
  /** For how long a row that is older than its stamp claims is read again; undefined: the product's assumption. */
  readonly guardPatienceMs: number | undefined;
  /** Levers of the comparison with Salesforce; undefined: the product's. */
  readonly reconcile: Partial<ReconcileTuning> | undefined;
  /** Pause between two looks at the schedules, and for a chain of the night that did not come. */
  readonly schedulesMs: number;
  /** Pause between two looks for objects that must be read anew. */
  readonly repairMs: number;
  /** Pause between two sweeps. What a lost nudge costs at most. */
  readonly sweepMs: number;
  /** Pause between two samples of the stored positions. */
  readonly sampleMs: number;
  /** A block of the event loop after which somebody else may own what we think we own. */
  readonly blockedMs: number;
}

export const workerTuning: WorkerTuning = {
  ingest: {},
  silence: undefined,
  nudgeOwnMs: undefined,
  sourceStalenessMs: undefined,
  guardPatienceMs: undefined,
  reconcile: undefined,
  schedulesMs: 10 * 60_000,
  repairMs: 10_000,
  sweepMs: 5_000,
  sampleMs: 10_000,
  // A lease lives 15 s; what was renewed just before a block of 10 s is still ours for sure.
  blockedMs: 10_000,
};
