import {
  isUmbraError,
  mirroredObjectNames,
  newestOf,
  NO_VERSION,
  type BackfillRun,
  type BackfillSlice,
  type Hole,
  type MirroredObjectName,
  type StreamLog,
  type Version,
} from '@umbra/domain';
import { runBackfill } from '../backfill/run-backfill.ts';
import { Stopped } from '../backfill/stop.ts';
import { epochOf } from '../coverage/epoch-of.ts';
import { sweepIds, type SweepDeps } from '../sweep/id-sweep.ts';

export type RepairResult =
  /** Nothing to do, or nothing that may be done yet. */
  | { readonly kind: 'idle' }
  /** Another backfill is at work; what it proves counts. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'repaired'; readonly object: MirroredObjectName; readonly closed: number }
  | { readonly kind: 'sweep-halted'; readonly object: MirroredObjectName };

export interface RepairDeps extends SweepDeps {
  readonly streams: Pick<StreamLog, 'streams' | 'undecoded'>;
}

const MOST_UNREAD = 10_000;
/** How many past runs are looked through for one that proves enough. */
const RECENT_RUNS = 20;

/**
 * Repairs one object that has a hole over all of it: a full read, an id sweep, then the holes close in the transaction
 * that records what was proven.
 *
 * Promise: a read closes a hole only when it was stamped at or above the hole's version and began long enough after
 * the hole was opened; until such a stamp can be drawn, nothing is read. A backfill that somebody started for other
 * reasons counts as well, and one that was left unfinished is brought to its end first.
 */
export async function repairObjects(deps: RepairDeps, signal: AbortSignal): Promise<RepairResult> {
  try {
    return await repairFirst(deps, signal);
  } catch (error) {
    if (error instanceof Stopped) return { kind: 'interrupted' };
    throw error;
  }
}

async function repairFirst(deps: RepairDeps, signal: AbortSignal): Promise<RepairResult> {
  const holes = await deps.ledger.openHoles();
  for (const object of mirroredObjectNames) {
    const own = holes.filter((hole) => hole.object === object && isForRead(hole));
    if (own.length === 0) continue;
    const result = await repairObject(deps, object, own, holes, signal);
    if (result.kind !== 'idle') return result;
  }
  return { kind: 'idle' };
}

/** A silent stream is repaired by its own resume; the bytes of an event that does not decode may yet be read. */
function isForRead({ cause, scope }: Hole): boolean {
  return scope === 'object' && cause !== 'stream-silent';
}

async function repairObject(
  deps: RepairDeps,
  object: MirroredObjectName,
  holes: readonly Hole[],
  all: readonly Hole[],
  signal: AbortSignal,
): Promise<RepairResult> {
  const needed = holes.reduce<Version>(
    (most, { version }) => newestOf(most, version ?? NO_VERSION),
    NO_VERSION,
  );
  let read = await provingRead(deps, object, holes);
  if (read === undefined) {
    if (!(await mayBegin(deps, object, holes, needed))) return { kind: 'idle' };
    const outcome = await readInFull(deps, object, signal);
    if (outcome !== 'complete') return { kind: outcome };
    read = await provingRead(deps, object, holes);
    // An unfinished run of before was completed; it began too early to prove this.
    if (read === undefined) return { kind: 'busy' };
  }
  const swept = await sweepIds(deps, object, { signal });
  if (swept.kind === 'halted') return { kind: 'sweep-halted', object };
  const { run, stamp, through } = read;
  const unread = await hasUnread(deps, object, through);
  const closes = all.filter(
    (hole) =>
      hole.object === object && isClosedBy(hole, stamp, through) && (hole.cause !== 'undecodable' || !unread),
  );
  const proven = {
    from: null,
    to: through,
    via: 'backfill',
    epoch: epochOf(stamp),
    runId: run,
    stamp,
  } as const;
  const closed = await deps.ledger.prove(
    { object, facet: 'rows', ...proven },
    closes.map(({ id }) => id),
  );
  if (!unread && (await hasUnread(deps, object, through))) {
    // It came while the hole that it found open was being closed.
    const cause = 'undecodable';
    await deps.ledger.open({ object, scope: 'object', recordId: null, cause, from: through, version: null });
  }
  return { kind: 'repaired', object, closed: closed.length };
}

/**
 * Whether an event that nobody can read came later than the read reaches. Such events share one hole, so its opening
 * tells of the first of them only.
 */
async function hasUnread(
  { streams }: RepairDeps,
  object: MirroredObjectName,
  through: Date,
): Promise<boolean> {
  const topics = (await streams.streams()).filter(({ objects }) => objects.includes(object));
  const ids = new Set(topics.map(({ streamId }) => streamId));
  const waiting = await streams.undecoded(MOST_UNREAD);
  // So many that the newest are not among them: there may be one.
  if (waiting.length === MOST_UNREAD) return true;
  return waiting.some(({ receivedAt, streamId }) => ids.has(streamId) && receivedAt > through);
}

/** Holes of this object that the read reaches over; that of a silence too, which the read has looked behind. */
function isClosedBy({ openedAt, scope, version }: Hole, stamp: Version, through: Date): boolean {
  return scope === 'object' && openedAt <= through && (version ?? NO_VERSION) <= stamp;
}

async function mayBegin(
  { backfill: { clock, mirror } }: SweepDeps,
  object: MirroredObjectName,
  holes: readonly Hole[],
  needed: Version,
): Promise<boolean> {
  const oldEnough = clock.now().getTime() - mirror.sourceStalenessMs;
  if (holes.some(({ openedAt }) => openedAt.getTime() > oldEnough)) return false;
  return (await mirror.drawStamp(object)) >= needed;
}

async function readInFull(
  { backfill }: SweepDeps,
  object: MirroredObjectName,
  signal: AbortSignal,
): Promise<'complete' | 'busy' | 'interrupted'> {
  try {
    const unfinished = await backfill.runs.unfinishedRun();
    if (unfinished !== undefined) {
      const resumed = await runBackfill(backfill, { objects: [], resume: true, signal });
      if (resumed.outcome === 'interrupted') return 'interrupted';
    }
    const { outcome } = await runBackfill(backfill, { objects: [object], signal });
    return outcome;
  } catch (error) {
    if (isUmbraError(error) && error.code === 'SYNC_BUSY') return 'busy';
    throw error;
  }
}

interface ProvingRead {
  readonly run: string;
  readonly stamp: Version;
  readonly through: Date;
}

/** A complete run over the whole object whose every slice reaches over all the holes. */
async function provingRead(
  { backfill: { mirror, runs } }: SweepDeps,
  object: MirroredObjectName,
  holes: readonly Hole[],
): Promise<ProvingRead | undefined> {
  for (const run of await runs.recentRuns(RECENT_RUNS)) {
    if (!isWhole(run, object)) continue;
    const slices = (await runs.slices(run.id)).filter((slice) => slice.object === object);
    const read = oldestOf(slices, mirror.sourceStalenessMs);
    if (read !== undefined && holes.every((hole) => isClosedBy(hole, read.stamp, read.through))) {
      return { run: run.id, ...read };
    }
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
): { readonly stamp: Version; readonly through: Date } | undefined {
  let weakest: { stamp: Version; through: Date } | undefined;
  for (const { readAt, stamp } of slices) {
    if (stamp === null || readAt === null) return undefined;
    const through = new Date(readAt.getTime() - stalenessMs);
    weakest =
      weakest === undefined
        ? { stamp, through }
        : {
            stamp: stamp < weakest.stamp ? stamp : weakest.stamp,
            through: through < weakest.through ? through : weakest.through,
          };
  }
  return weakest;
}
