export { Mirror, type MirrorOptions } from './mirror/mirror.ts';
export { settleRules, type SettledRules } from './mirror/settle-rules.ts';
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
