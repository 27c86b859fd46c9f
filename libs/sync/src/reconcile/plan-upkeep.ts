import { deltaStart, readThrough, type MirroredObjectName } from '@umbra/domain';
import { tuningOf } from '../backfill/backfill-deps.ts';
import { reconcileTuningOf, type ReconcileDeps } from './reconcile-deps.ts';
import type { ReconcileDepth } from './reconcile-object.ts';

/** Rows of one page of a REST query. Source: REST API, "Query": at most 2,000. */
const REST_PAGE = 2_000;
/** Create, about six looks at the job, one describe, one removal with a last look. */
const CALLS_PER_JOB = 10;

export interface PlannedDelta {
  readonly object: MirroredObjectName;
  /** First modification stamp that would be asked for; null: there is no complete read to begin from. */
  readonly since: string | null;
  /** Living records modified since. */
  readonly rows: number;
  readonly by: 'rest' | 'bulk' | null;
  /** Calls that it would cost, roughly. */
  readonly calls: number;
}

/** What a delta would read. Costs one call per object and writes nothing. */
export async function planDelta(deps: ReconcileDeps, object: MirroredObjectName): Promise<PlannedDelta> {
  const base = readThrough(await deps.ledger.intervals(object, 'rows'));
  if (base === undefined) return { object, since: null, rows: 0, by: null, calls: 0 };
  const since = deltaStart(base).toISOString();
  const where = [{ field: 'SystemModstamp', op: '>=', value: { type: 'datetime', value: since } } as const];
  const rows = await deps.backfill.records.count(object, where, 'delta');
  const isFew = rows <= reconcileTuningOf(deps).restRows;
  const pages = Math.max(1, Math.ceil(rows / (isFew ? REST_PAGE : tuningOf(deps.backfill).pageRows)));
  return { object, since, rows, by: isFew ? 'rest' : 'bulk', calls: 1 + pages + (isFew ? 0 : CALLS_PER_JOB) };
}

export interface PlannedReconcile {
  readonly object: MirroredObjectName;
  readonly depth: ReconcileDepth;
  /** Living records of the shadow. */
  readonly rows: number;
  /** Aggregate queries, or Bulk jobs of a deep comparison. */
  readonly parts: number;
  /** Calls without what differing ranges will cost, roughly. */
  readonly calls: number;
}

/** What a comparison would read. Asks Salesforce nothing and writes nothing. */
export async function planReconcile(
  deps: ReconcileDeps,
  object: MirroredObjectName,
  depth: ReconcileDepth,
): Promise<PlannedReconcile> {
  const rows = await deps.backfill.mirror.store.livingCount(object);
  const { digestRows, sliceRows } = reconcileTuningOf(deps);
  const pages = Math.max(1, Math.ceil(rows / tuningOf(deps.backfill).pageRows));
  const parts = Math.max(1, Math.ceil(rows / (depth === 'deep' ? sliceRows : digestRows)));
  const sweep = CALLS_PER_JOB + pages;
  const calls = sweep + (depth === 'deep' ? parts * CALLS_PER_JOB + pages : parts);
  return { object, depth, rows, parts, calls };
}
