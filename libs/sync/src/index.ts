export { Mirror, type MirrorOptions } from './mirror/mirror.ts';
export { openMirror } from './mirror/open-mirror.ts';
export { settleRules } from './mirror/settle-rules.ts';
export { applyInputs, type ApplyResult } from './apply/apply-inputs.ts';
export { releaseWaiting } from './apply/release-waiting.ts';
export { reprojectChanged } from './apply/reproject.ts';
export { refreshRecords, type RefreshOptions, type RefreshResult } from './refresh/refresh-records.ts';
export { parseObjects, planBackfill, type PlannedObject } from './backfill/plan.ts';
export {
  runBackfill,
  runSlice,
  type BackfillOptions,
  type BackfillReport,
  type ObjectReport,
} from './backfill/run-backfill.ts';
export {
  backfillTuning,
  type BackfillDeps,
  type BackfillProgress,
  type BackfillTuning,
  type OnProgress,
} from './backfill/backfill-deps.ts';
export { driftOf, type ObjectVerification } from './backfill/verify.ts';
export { runSubscriber } from './ingest/run-subscriber.ts';
export {
  ingestTuning,
  type IngestDeps,
  type IngestTuning,
  type StoredReport,
  type Topic,
} from './ingest/ingest-deps.ts';
export { SchemaBook, type SchemaBookOptions } from './ingest/schema-book.ts';
export { LaneNudges, type NudgeOptions } from './ingest/lane-nudges.ts';
export type { Fingerprint } from './ingest/decode-events.ts';
export { decodeAgain, type DecodeAgainDeps } from './ingest/decode-again.ts';
export { Returning } from './apply/returning.ts';
export type { ApplyDeps, LaneReport } from './apply/apply-deps.ts';
export { drainLane, type DrainResult } from './apply/drain-lane.ts';
export { drainLanes, type LanesLook } from './apply/drain-lanes.ts';
export { LanePump } from './apply/lane-pump.ts';
export type { WantedRefresh } from './apply/lane-inputs.ts';
export { StaleReadGuard, type StaleGuardOptions } from './refresh/stale-read-guard.ts';
export { refreshDue, type RefreshDueDeps } from './holes/refresh-due.ts';
export { Patience } from './holes/patience.ts';
export { noteSchema, type SchemaChangeDeps } from './holes/schema-change.ts';
export { repairObjects, type RepairDeps, type RepairResult } from './holes/repair-objects.ts';
export { sweepIds, type SweepDeps, type SweepOptions, type SweepResult } from './sweep/id-sweep.ts';
export { sweepOnce, type SweepOnceDeps, type SweepReport } from './sweep/sweep-once.ts';
export {
  runRetention,
  type RetentionDeps,
  type RetentionReport,
  type RetainedDay,
} from './retention/run-retention.ts';
export {
  planRebuild,
  rebuildShadow,
  type RebuildDeps,
  type RebuildPlan,
  type RebuildReport,
} from './rebuild/rebuild-shadow.ts';
export { KeptSchemaBook } from './rebuild/kept-schema-book.ts';
export { mergeChanges } from './rebuild/merge-events.ts';
export { pullDelta, type DeltaOptions, type DeltaReport } from './delta/pull-delta.ts';
export { reconcileTuning, type ReconcileDeps, type ReconcileTuning } from './reconcile/reconcile-deps.ts';
export {
  reconcileObject,
  type ReconcileDepth,
  type ReconcileOptions,
  type ReconcileReport,
  type StoredReconcileReport,
} from './reconcile/reconcile-object.ts';
export {
  nightlySteps,
  runNightly,
  type NightlyDeps,
  type NightlyOptions,
  type NightlyReport,
  type NightlyStep,
} from './nightly/run-nightly.ts';
export {
  replayChanges,
  type ReplayDeps,
  type ReplayOptions,
  type ReplayReport,
} from './replay/replay-changes.ts';
export {
  planDelta,
  planReconcile,
  type PlannedDelta,
  type PlannedReconcile,
} from './reconcile/plan-upkeep.ts';
