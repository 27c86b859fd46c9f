import { isUmbraError, type CoverageLedger, type PendingChange } from '@umbra/domain';
import type { ApplyDeps } from './apply-deps.ts';
import { isFaultOfTheBatch, pauseAfter } from './batch-fault.ts';
import { BatchSize } from './batch-size.ts';
import { firstOfOldest, frontOf, isSameChange, only, without, type Choice } from './choices.ts';
import { everyLock, ownLane, withMissing, type HeldLocks, type LocksMissing } from './held-locks.ts';
import { applyNext, type Attempt, type Fault } from './lane-attempt.ts';
import { prepareSchemas } from './prepare-schemas.ts';
import { tellApplied } from './tell-applied.ts';

export interface DrainResult {
  readonly applied: number;
  /** Somebody else holds the lane. */
  readonly taken: boolean;
  /** It was left before it was empty. */
  readonly more: boolean;
}

/** Batches set back by the server in a row, each half as large as the one before, until the lane is left for now. */
const CONFLICTS = 5;
/** After so many attempts with ever more locks, all of them are taken. */
const LOCK_ATTEMPTS = 3;

/**
 * Applies everything that waits in a lane, batch after batch, then looks once more.
 *
 * Promise: the applied position moves in the transaction that writes the rows, so after a crash a batch has happened
 * or has not, and happening twice changes nothing. A batch that cannot be applied is cut down until the change that
 * is at fault stands alone; that one becomes poison (its record is dirty until a read has told) and the lane goes on.
 *
 * A change that moves records of other lanes (the prices of a leaving product, a SKU that changes hands) is taken out
 * of its batch and applied alone, with the locks of all lanes involved taken in one order before anything else: so a
 * SKU never vanishes between two transactions, and nobody deadlocks.
 *
 * @param batches applied at most
 * @throws UmbraError STORE_* when the store is away, SF_* when a schema or describe cannot be had: nothing is skipped
 */
export async function drainLane(
  deps: ApplyDeps,
  lane: number,
  signal?: AbortSignal,
  batches = Infinity,
): Promise<DrainResult> {
  const size = new BatchSize();
  let applied = 0;
  for (let batch = 0; batch < batches && signal?.aborted !== true; batch++) {
    const outcome = await drainBatch(deps, lane, size);
    if (outcome === 'taken') return { applied, taken: true, more: false };
    if (outcome === 0) return { applied, taken: false, more: false };
    applied += outcome;
  }
  return { applied, taken: false, more: true };
}

/** What a batch of a lane is tried with, from one transaction to the next. */
interface Trial {
  held: HeldLocks;
  /** The one change that is tried: it moves records of other lanes, or it is at fault. */
  alone: PendingChange | undefined;
  /** No more than so many, of one stream: somewhere a change is at fault. */
  most: number | undefined;
  fault: Fault | undefined;
  seen: readonly PendingChange[];
  conflicts: number;
  locking: number;
  /** Records that would move others of lanes that are not held. */
  readonly movers: Set<string>;
  readonly unreadable: Set<string>;
}

/** @returns number of changes applied */
async function drainBatch(deps: ApplyDeps, lane: number, size: BatchSize): Promise<number | 'taken'> {
  const own: HeldLocks = { skus: new Set(), lanes: ownLane(lane) };
  const trial: Trial = {
    held: own,
    alone: undefined,
    most: undefined,
    fault: undefined,
    seen: [],
    conflicts: 0,
    locking: 0,
    movers: new Set(),
    unreadable: new Set(),
  };
  for (;;) {
    const started = deps.clock.monotonic();
    let attempt: Attempt | undefined;
    try {
      attempt = await tryBatch(deps, lane, size, trial);
    } catch (error) {
      await afterFailure(deps, lane, size, trial, error);
      continue;
    }
    if (attempt === undefined) return 'taken';
    switch (attempt.kind) {
      case 'empty':
        return 0;
      case 'prepare':
        await prepareSchemas(deps, attempt.changes, attempt.schemas, trial.unreadable);
        continue;
      case 'locks-missing':
        afterMissingLocks(trial, attempt);
        continue;
      case 'applied':
        await tellApplied(deps, [lane], attempt, started, size);
        return attempt.changes.length;
    }
  }
}

function tryBatch(
  deps: ApplyDeps,
  lane: number,
  size: BatchSize,
  trial: Trial,
): Promise<Attempt | undefined> {
  const { fault, held, unreadable } = trial;
  const { limit } = size;
  const choice = choiceOf(trial);
  const looked = (changes: readonly PendingChange[]): void => void (trial.seen = changes);
  return deps.mirror.revisions.having(() =>
    deps.changes.withLanes([lane], (tx) =>
      applyNext(deps, tx, { choice, limit, held, fault, unreadable, looked }),
    ),
  );
}

/** Either cuts the batch down or finds the one change at fault. @throws what is neither a conflict nor its fault */
async function afterFailure(
  deps: ApplyDeps,
  lane: number,
  size: BatchSize,
  trial: Trial,
  error: unknown,
): Promise<void> {
  if (isUmbraError(error) && error.code === 'STORE_CONFLICT' && ++trial.conflicts <= CONFLICTS) {
    size.halve();
    await deps.clock.sleep(pauseAfter(trial.conflicts, lane));
    return;
  }
  if (!isFaultOfTheBatch(error) || trial.fault?.passBy === true) throw error;
  // The fault may be theirs, and the sweep tries them apart from any change.
  deps.returning.done(deps.returning.of([lane]));
  const [change, ...others] = trial.seen;
  if (change === undefined) return;
  if (others.length > 0) {
    trial.most = Math.floor(trial.seen.length / 2);
    return;
  }
  trial.fault = await faultOf(deps, error, change, trial.fault);
  trial.alone = change;
}

/** Movers only ever grow in number and the rest only ever shrinks, so a lane that holds both a mover and a fault gets on. */
function choiceOf({ alone, most, movers }: Trial): Choice | undefined {
  if (alone !== undefined) return only(alone);
  if (most === undefined) return movers.size === 0 ? undefined : without(movers);
  return (changes) => firstOfOldest(most)(without(movers)(changes));
}

/**
 * Missing SKUs are asked for with the next attempt. When records of other lanes would move, what stands before the first
 * mover is applied without it; one that nothing stands before is applied alone.
 */
function afterMissingLocks(trial: Trial, missing: LocksMissing): void {
  if (missing.lanes.length === 0 || trial.alone !== undefined) {
    trial.held = ++trial.locking >= LOCK_ATTEMPTS ? everyLock : withMissing(trial.held, missing);
    return;
  }
  for (const id of missing.movers) trial.movers.add(id);
  trial.alone = frontOf(trial.seen, trial.movers);
  if (trial.alone !== undefined) trial.held = withMissing(trial.held, missing);
}

/** Declared before the change is passed by, and outside the transaction, which must not wait for a connection. */
async function faultOf(
  deps: ApplyDeps,
  error: unknown,
  change: PendingChange,
  before: Fault | undefined,
): Promise<Fault> {
  const passBy = before !== undefined && isSameChange(before.change, change);
  if (passBy) await declarePoison(deps.ledger, change);
  return { error, change, passBy };
}

/** The record takes no statement at all, so its row cannot say that it is dirty: the ledger does, until a read lands. */
async function declarePoison(ledger: CoverageLedger, change: PendingChange): Promise<void> {
  const { committedAt, object, recordId, version } = change;
  const from = new Date(committedAt);
  await ledger.open({ object, scope: 'record', recordId, cause: 'poison', from, version });
}
