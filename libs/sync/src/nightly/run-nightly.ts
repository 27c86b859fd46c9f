import {
  mirroredObjectNames,
  type JsonValue,
  type MirroredObjectName,
  type UpkeepReport,
} from '@umbra/domain';
import { z } from 'zod';
import { throwIfStopped } from '../backfill/stop.ts';
import { pullDelta } from '../delta/pull-delta.ts';
import { reconcileTuningOf, type ReconcileDeps } from '../reconcile/reconcile-deps.ts';
import { reconcileObject } from '../reconcile/reconcile-object.ts';
import { cleanUp, listedBefore } from './clean-up.ts';
import { describedOnce } from './described-once.ts';
import { holdingRun } from './holding-run.ts';
import { refreshCalculated } from './refresh-calculated.ts';

/** In this order: what is cheap and finds most comes first. */
export const nightlySteps = ['delta', 'reconcile', 'calculated', 'clean-up', 'retention'] as const;
export type NightlyStep = (typeof nightlySteps)[number];

export interface NightlyDeps extends ReconcileDeps {
  /** Moves out of the database what has been kept long enough. Left out: the step is skipped. */
  readonly retention?: (signal: AbortSignal) => Promise<JsonValue>;
}

export interface NightlyOptions {
  readonly signal: AbortSignal;
  readonly objects?: readonly MirroredObjectName[];
  /** Steps to be left out. */
  readonly skip?: readonly NightlyStep[];
}

export interface NightlyReport {
  /** What each step did, by step and object, and how many rows Salesforce sent; the objects' own reports hold more. */
  readonly steps: Readonly<Record<string, JsonValue>>;
  /** Leaves that describe listed, by object. */
  readonly listed: Readonly<Record<string, readonly string[]>>;
  readonly calls: number;
}

const progressShape = z.object({
  steps: z.record(z.string(), z.json()),
  listed: z.record(z.string(), z.array(z.string())),
  calls: z.int(),
});

interface Progress {
  readonly steps: Record<string, JsonValue>;
  readonly listed: Record<string, readonly string[]>;
  calls: number;
}

/**
 * The chain of the night: delta, then digests and id sweep, then values that change without a stamp, then clean-up,
 * then retention. Each part is done once per chain: interrupted anywhere, it goes on behind the last part that ended.
 *
 * Chains may be missed or overlap: every part begins where proof ends, and proves only what it has read.
 * @throws UmbraError SYNC_BUSY while another process runs the chain, and what a part throws; `resume` is another call
 * @throws Stopped
 */
export async function runNightly(given: NightlyDeps, options: NightlyOptions): Promise<NightlyReport> {
  const { clock, records } = given.backfill;
  const deps = { ...given, backfill: { ...given.backfill, records: describedOnce(records, clock) } };
  const { leaseSeconds } = reconcileTuningOf(deps);
  const { objects = mirroredObjectNames, signal, skip = [] } = options;
  const hold = { kind: 'nightly', subject: 'all', leaseSeconds, signal } as const;
  return holdingRun(deps.backfill, deps.upkeep, hold, async (held) => {
    const before = await lastChain(deps);
    const parsed = progressShape.safeParse(held.run.progress);
    const progress: Progress = parsed.success ? parsed.data : { steps: {}, listed: {}, calls: 0 };
    const callsBefore = progress.calls;
    const callsAtStart = deps.backfill.records.callsMade();
    const part = async (name: string, work: () => Promise<JsonValue>): Promise<void> => {
      if (name in progress.steps) return;
      throwIfStopped(held.signal);
      progress.steps[name] = await work();
      progress.calls = callsBefore + deps.backfill.records.callsMade() - callsAtStart;
      await held.save({ ...progress });
    };
    for (const step of nightlySteps) {
      if (skip.includes(step)) continue;
      if (step === 'retention') {
        const { retention } = deps;
        if (retention !== undefined) await part(step, () => retention(held.signal));
        continue;
      }
      for (const object of objects)
        await part(`${step} ${object}`, () => doStep(deps, step, object, held.signal, before, progress));
    }
    for (const object of objects) {
      const kept = listedBefore(before?.report, object);
      if (progress.listed[object] === undefined && kept !== null) progress.listed[object] = kept;
    }
    await held.finish({ ...progress });
    return progress;
  });
}

async function lastChain({ upkeep }: NightlyDeps): Promise<UpkeepReport | undefined> {
  return (await upkeep.latest()).find(({ kind }) => kind === 'nightly');
}

async function doStep(
  deps: NightlyDeps,
  step: Exclude<NightlyStep, 'retention'>,
  object: MirroredObjectName,
  signal: AbortSignal,
  before: UpkeepReport | undefined,
  progress: Progress,
): Promise<JsonValue> {
  switch (step) {
    case 'delta': {
      const { calls, driftRows, outcome, rowsMoved, through } = await pullDelta(deps, { object, signal });
      return { outcome, through, driftRows, rowsMoved, calls };
    }
    case 'reconcile': {
      const report = await reconcileObject(deps, { object, depth: 'nightly', signal });
      const { calls, driftRows, hash, outcome, rowsMoved } = report;
      return { outcome, driftRows, rowsMoved, calls, hash };
    }
    case 'calculated': {
      const found = await refreshCalculated(deps, object, signal);
      if (found === undefined) return { outcome: 'left to the deep comparison', rowsMoved: 0 };
      return { drift: found.drift, rowsMoved: found.moved };
    }
    case 'clean-up': {
      const { appeared, cleaned, listed } = await cleanUp(
        deps,
        object,
        listedBefore(before?.report, object),
        signal,
      );
      progress.listed[object] = listed;
      return { cleaned, appeared: [...appeared] };
    }
  }
}
