import {
  isClosedByStream,
  isLeftToStream,
  isUmbraError,
  mirroredObjectNames,
  newestOf,
  NO_VERSION,
  planRead,
  readThrough,
  type BackfillRun,
  type BackfillSlice,
  type CoverageInterval,
  type Hole,
  type MirroredObjectName,
  type Version,
} from '@umbra/domain';
import { Stopped } from '../backfill/stop.ts';
import { closableBy, isClosedBy, noteUnread, seenUntil, type Reach } from '../coverage/closable-holes.ts';
import { epochOf } from '../coverage/epoch-of.ts';
import { readDelta } from '../delta/pull-delta.ts';
import type { ReconcileDeps } from '../reconcile/reconcile-deps.ts';
import { reconcileObject } from '../reconcile/reconcile-object.ts';
import { sweepIds } from '../sweep/id-sweep.ts';

export type RepairResult =
  /** Nothing to do, or nothing that may be done yet. */
  | { readonly kind: 'idle' }
  /** Another process compares the object; what it proves counts. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'interrupted' }
  | {
      readonly kind: 'repaired';
      readonly object: MirroredObjectName;
      readonly closed: number;
      /** What was read: rows of an earlier backfill, those modified since, or all. */
      readonly by: 'backfill' | 'delta' | 'full';
      /** Salesforce calls. */
      readonly calls: number;
    }
  | { readonly kind: 'sweep-halted'; readonly object: MirroredObjectName };

export type RepairDeps = ReconcileDeps;

/** How many past runs are looked through for one that proves enough. */
const RECENT_RUNS = 20;

/**
 * Repairs one object that has a hole over all of it: the cheapest read that is sufficient, an id sweep, then the holes
 * close in the transaction that records what was proven.
 *
 * Promise: a read closes a hole only when it was stamped at or above the hole's version and began long enough after
 * the hole was opened; until such a stamp can be drawn, nothing is read. A backfill that somebody ran for other reasons
 * counts as well, and one that was left unfinished is left to whoever began it.
 */
export async function repairObjects(deps: RepairDeps, signal: AbortSignal): Promise<RepairResult> {
  try {
    return await repairFirst(deps, signal);
  } catch (error) {
    if (error instanceof Stopped) return { kind: 'interrupted' };
    if (isUmbraError(error) && error.code === 'SYNC_BUSY') return { kind: 'busy' };
    throw error;
  }
}

async function repairFirst(deps: RepairDeps, signal: AbortSignal): Promise<RepairResult> {
  const holes = await deps.ledger.openHoles();
  for (const object of mirroredObjectNames) {
    const own = holes.filter((hole) => hole.object === object);
    // Asked for where it decides something only: the answer counts the backlog as well.
    const streamFrom = own.some(isClosedByStream) ? await streamBegan(deps, object) : undefined;
    const plan = planRead(own, readThrough(await deps.ledger.intervals(object, 'rows')), streamFrom);
    if (plan.kind === 'none') continue;
    const wanted = own.filter((hole) => hole.scope === 'object' && !isLeftToStream(hole, streamFrom));
    const callsAtStart = deps.backfill.records.callsMade();
    const result = await repairObject(deps, object, wanted, plan, signal);
    if (result.kind === 'idle') continue;
    return result.kind === 'repaired'
      ? { ...result, calls: deps.backfill.records.callsMade() - callsAtStart }
      : result;
  }
  return { kind: 'idle' };
}

/** Since when the stream proves the object, whichever topic carries it; undefined while none does. */
async function streamBegan({ streams }: RepairDeps, object: MirroredObjectName): Promise<Date | undefined> {
  const began = (await streams.streams())
    .filter(({ objects }) => objects.includes(object))
    .flatMap(({ evidenceFrom }) => (evidenceFrom === null ? [] : [evidenceFrom.getTime()]));
  return began.length === 0 ? undefined : new Date(Math.max(...began));
}

async function repairObject(
  deps: RepairDeps,
  object: MirroredObjectName,
  holes: readonly Hole[],
  plan: Exclude<ReturnType<typeof planRead>, { kind: 'none' }>,
  signal: AbortSignal,
): Promise<RepairResult> {
  const known = await provingRun(deps, object, holes);
  if (known !== undefined) return close(deps, object, known, 'backfill', signal);
  if (!(await mayBegin(deps, object, holes))) return { kind: 'idle' };
  if (plan.kind === 'full') return repairInFull(deps, object, holes, signal);
  const { from, stamp, through } = await readDelta(deps, object, plan.provenUntil, {
    mergeAll: true,
    signal,
  });
  // Across a break of the bus the proof of the reads goes on: what was not modified since is as it was.
  const carries = holes.some(({ cause }) => cause === 'replay-rejected' || cause === 'stream-silent');
  const interval = { from: carries ? null : from, to: through, via: 'delta', runId: null } as const;
  return close(deps, object, { ...interval, stamp }, 'delta', signal);
}

async function repairInFull(
  deps: RepairDeps,
  object: MirroredObjectName,
  holes: readonly Hole[],
  signal: AbortSignal,
): Promise<RepairResult> {
  const { outcome } = await reconcileObject(deps, { object, depth: 'deep', mergeAll: true, signal });
  if (outcome === 'halted') return { kind: 'sweep-halted', object };
  const open = new Set((await deps.ledger.openHoles()).map(({ id }) => id));
  const closed = holes.filter(({ id }) => !open.has(id)).length;
  return { kind: 'repaired', object, closed, by: 'full', calls: 0 };
}

/** What a complete read proves, as an interval of the ledger. */
type Proof = Pick<CoverageInterval, 'from' | 'to' | 'via' | 'runId'> & { readonly stamp: Version };

/** Sweeps, and closes what the read and the sweep reach over. */
async function close(
  deps: RepairDeps,
  object: MirroredObjectName,
  proof: Proof,
  by: 'backfill' | 'delta',
  signal: AbortSignal,
): Promise<RepairResult> {
  const swept = await sweepIds(deps, object, { signal });
  if (swept.kind === 'halted') return { kind: 'sweep-halted', object };
  const { from, stamp, to: through } = proof;
  const seen = seenUntil(deps, through);
  const { ids, unread } = await closableBy(deps, object, { from, stamp, through, seenUntil: seen });
  const interval = { object, facet: 'rows', epoch: epochOf(stamp), seenUntil: seen, ...proof } as const;
  const closed = await deps.ledger.prove(interval, ids);
  await noteUnread(deps, object, through, unread);
  return { kind: 'repaired', object, closed: closed.length, by, calls: 0 };
}

async function mayBegin(
  { backfill: { clock, mirror } }: RepairDeps,
  object: MirroredObjectName,
  holes: readonly Hole[],
): Promise<boolean> {
  const oldEnough = clock.now().getTime() - mirror.sourceStalenessMs;
  if (holes.some(({ openedAt }) => openedAt.getTime() > oldEnough)) return false;
  const needed = holes.reduce<Version>(
    (most, { version }) => newestOf(most, version ?? NO_VERSION),
    NO_VERSION,
  );
  return (await mirror.drawStamp(object)) >= needed;
}

/** A complete backfill of the whole object whose every slice reaches over all the holes. */
async function provingRun(
  deps: RepairDeps,
  object: MirroredObjectName,
  holes: readonly Hole[],
): Promise<Proof | undefined> {
  const { mirror, runs } = deps.backfill;
  for (const run of await runs.recentRuns(RECENT_RUNS)) {
    if (!isWhole(run, object)) continue;
    const slices = (await runs.slices(run.id)).filter((slice) => slice.object === object);
    const read = oldestOf(slices, mirror.sourceStalenessMs);
    if (read === undefined) continue;
    const reach = { ...read, seenUntil: seenUntil(deps, read.through) };
    if (!holes.every((hole) => isClosedBy(hole, reach))) continue;
    return { from: null, to: read.through, via: 'backfill', runId: run.id, stamp: read.stamp };
  }
  return undefined;
}

function isWhole(run: BackfillRun, object: MirroredObjectName): boolean {
  return run.state === 'complete' && run.since === null && run.objects.includes(object);
}

/** What all slices together prove: as much as the weakest. */
function oldestOf(
  slices: readonly BackfillSlice[],
  stalenessMs: number,
): Omit<Reach, 'seenUntil'> | undefined {
  let weakest: Omit<Reach, 'seenUntil'> | undefined;
  for (const { readAt, stamp } of slices) {
    if (stamp === null || readAt === null) return undefined;
    const through = new Date(readAt.getTime() - stalenessMs);
    weakest =
      weakest === undefined
        ? { stamp, through, from: null }
        : {
            stamp: stamp < weakest.stamp ? stamp : weakest.stamp,
            through: through < weakest.through ? through : weakest.through,
            from: null,
          };
  }
  return weakest;
}
