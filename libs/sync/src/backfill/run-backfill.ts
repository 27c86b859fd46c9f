import {
  UmbraError,
  type AsideReason,
  type BackfillRun,
  type BackfillSlice,
  type MirroredObjectName,
  type ParkedCount,
  type ShadowComparison,
} from '@umbra/domain';
import { releaseWaiting } from '../apply/release-waiting.ts';
import { refreshWaiting } from '../refresh/refresh-records.ts';
import type { BackfillDeps, OnProgress } from './backfill-deps.ts';
import { ObjectProgress } from './object-progress.ts';
import { planBackfill } from './plan.ts';
import { readSlice } from './run-slice.ts';
import { holdingSlice } from './slice-lease.ts';
import { busy, Stopped } from './stop.ts';
import { verifyRun, type ObjectVerification } from './verify.ts';

export interface BackfillOptions {
  /** From `parseObjects`. Ignored by `resume`: the run knows its objects. */
  readonly objects: readonly MirroredObjectName[];
  /** Only records with a SystemModstamp at or after it, ISO 8601. Such a run proves no freshness. */
  readonly since?: string;
  /** Continue the unfinished run instead of starting one. */
  readonly resume?: boolean;
  /** Compare with a fresh read afterwards, by this. */
  readonly verify?: Pick<ShadowComparison, 'suspects'>;
  /** Raised: stop after the statement under way; what has landed stays, `resume` continues. */
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface ObjectReport {
  readonly object: MirroredObjectName;
  /** Rows that Salesforce sent, deleted ones included. */
  readonly received: number;
  readonly landed: number;
  /** Of those received, how many wait aside, tombstones included. */
  readonly parked: number;
}

export interface BackfillReport {
  /** `interrupted`: the run can be resumed; or it is complete and only the comparison was cut short. */
  readonly outcome: 'complete' | 'interrupted';
  readonly run: string;
  readonly objects: readonly ObjectReport[];
  /** Everything that waits aside now, by reason; without tombstones. */
  readonly parked: readonly (ParkedCount & { readonly reason: Exclude<AsideReason, 'deleted'> })[];
  /** Salesforce calls of this process. */
  readonly calls: number;
  /** Present when `verify` was asked for and the run is complete. */
  readonly verification?: readonly ObjectVerification[];
}

/**
 * Fills the shadow tables from Salesforce: Product2, then PricebookEntry, then Account.
 *
 * Promise: it ends `complete` only when every row that Salesforce promised is in its table or parked with a reason.
 * Stopped or killed at any moment and resumed, it leads to the same tables. It writes through the merge, beside a
 * running worker, without a pause of either.
 *
 * @throws UmbraError SYNC_NOTHING_TO_RESUME, SYNC_BUSY, SF_BULK_ROW_COUNT, SF_BULK_JOB_FAILED and what the sources
 * throw; the run is then marked failed and can be resumed
 */
export async function runBackfill(deps: BackfillDeps, options: BackfillOptions): Promise<BackfillReport> {
  const signal = options.signal ?? new AbortController().signal;
  const callsBefore = deps.records.callsMade();
  const run = await openRun(deps, options, signal);
  let outcome: BackfillReport['outcome'] = 'complete';
  try {
    for (const object of run.objects) await readObject(deps, run, object, signal, options.onProgress);
    await settleRun(deps, run, signal);
  } catch (error) {
    if (!(error instanceof Stopped)) {
      await deps.runs.finishRun(run.id, 'failed');
      throw error;
    }
    outcome = 'interrupted';
  } finally {
    await deps.runs.addCalls(run.id, deps.records.callsMade() - callsBefore);
  }
  const slices = await deps.runs.slices(run.id);
  let verification: readonly ObjectVerification[] | undefined;
  if (outcome === 'complete' && options.verify !== undefined) {
    verification = await verifyRun(deps, options.verify, run, slices, signal).catch((error: unknown) => {
      if (!(error instanceof Stopped)) throw error;
      return undefined;
    });
    if (verification === undefined) outcome = 'interrupted';
  }
  return {
    outcome,
    run: run.id,
    objects: run.objects.map((object) => reportOf(object, slices)),
    parked: (await deps.mirror.store.parkedCounts()).filter(isVisible),
    calls: deps.records.callsMade() - callsBefore,
    ...(verification === undefined ? {} : { verification }),
  };
}

function isVisible(count: ParkedCount): count is BackfillReport['parked'][number] {
  return count.reason !== 'deleted';
}

function reportOf(object: MirroredObjectName, slices: readonly BackfillSlice[]): ObjectReport {
  const own = slices.filter((slice) => slice.object === object);
  const sum = (of: (slice: BackfillSlice) => number): number =>
    own.reduce((total, slice) => total + of(slice), 0);
  return {
    object,
    received: sum((slice) => slice.received),
    landed: sum((slice) => slice.landedRows),
    parked: sum((slice) => slice.parkedRows),
  };
}

/** The run to work on: the unfinished one, or a new one that takes the place of any unfinished one. */
async function openRun(
  deps: BackfillDeps,
  options: BackfillOptions,
  signal: AbortSignal,
): Promise<BackfillRun> {
  const unfinished = await deps.runs.unfinishedRun();
  if (options.resume === true) {
    if (unfinished === undefined) {
      throw new UmbraError(
        'SYNC_NOTHING_TO_RESUME',
        'there is no unfinished backfill; start one without --resume',
      );
    }
    return unfinished;
  }
  if (unfinished !== undefined) {
    // Whoever still works on it keeps a lease; taking each once proves that nobody does.
    for (const { slice, state } of await deps.runs.slices(unfinished.id)) {
      if (state !== 'complete') await waitForHolder(deps, unfinished.id, slice, signal);
    }
    await deps.runs.finishRun(unfinished.id, 'abandoned');
  }
  const since = options.since ?? null;
  const planned = await planBackfill(deps, options.objects, since);
  return deps.runs.createRun(
    { objects: options.objects, since },
    planned.flatMap(({ object, ranges }) => ranges.map((range) => ({ object, ...range }))),
  );
}

/** @throws UmbraError SYNC_BUSY when somebody works on the slice, or when nobody wants to wait any longer */
async function waitForHolder(
  deps: BackfillDeps,
  run: string,
  slice: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    await holdingSlice(deps, run, slice, signal, () => Promise.resolve());
  } catch (error) {
    throw error instanceof Stopped ? busy(run, slice) : error;
  }
}

async function readObject(
  deps: BackfillDeps,
  run: BackfillRun,
  object: MirroredObjectName,
  signal: AbortSignal,
  onProgress: OnProgress = () => undefined,
): Promise<void> {
  const open = async (): Promise<readonly BackfillSlice[]> =>
    (await deps.runs.slices(run.id)).filter((slice) => slice.object === object);
  const progress = new ObjectProgress(object, deps.clock, deps.records, onProgress, await open());
  for (;;) {
    // A slice that failed may have been replaced by narrower ones: look again after each.
    const next = (await open()).find(({ state }) => state !== 'complete');
    if (next === undefined) break;
    await readSlice(deps, run, next.slice, signal, progress.events(next.slice));
  }
  progress.complete();
}

/** After the last slice: what waited for something that came later is released, what is still incomplete is read. */
async function settleRun(deps: BackfillDeps, run: BackfillRun, signal: AbortSignal): Promise<void> {
  while ((await releaseWaiting(deps.mirror)) > 0) if (signal.aborted) throw new Stopped('interrupted');
  for (const object of run.objects)
    await refreshWaiting(deps.mirror, deps.records, object, { guard: deps.guard, signal });
  await deps.runs.finishRun(run.id, 'complete');
}

/**
 * One slice of a run, for the job `backfill-slice`. The slice that completes its run also ends the run.
 * @throws UmbraError as `runBackfill`; SYNC_BUSY while another process works on it
 */
export async function runSlice(
  deps: BackfillDeps,
  runId: string,
  slice: number,
  options: { readonly signal?: AbortSignal; readonly onProgress?: OnProgress } = {},
): Promise<'complete' | 'split' | 'interrupted'> {
  const signal = options.signal ?? new AbortController().signal;
  const run = await deps.runs.run(runId);
  const slices = run === undefined ? [] : await deps.runs.slices(runId);
  const target = slices.find((candidate) => candidate.slice === slice);
  // A slice that is gone was split or its run was forgotten: the pointer is outdated, and there is nothing to do.
  if (run === undefined || target === undefined || run.state === 'abandoned') return 'complete';
  const callsBefore = deps.records.callsMade();
  const own = slices.filter(({ object }) => object === target.object);
  const progress = new ObjectProgress(
    target.object,
    deps.clock,
    deps.records,
    options.onProgress ?? (() => undefined),
    own,
  );
  try {
    const outcome = await readSlice(deps, run, slice, signal, progress.events(slice));
    const rest = await deps.runs.slices(runId);
    if (run.state !== 'complete' && rest.every(({ state }) => state === 'complete')) {
      await settleRun(deps, run, signal);
    }
    return outcome;
  } catch (error) {
    if (error instanceof Stopped) return 'interrupted';
    throw error;
  } finally {
    await deps.runs.addCalls(runId, deps.records.callsMade() - callsBefore);
  }
}
