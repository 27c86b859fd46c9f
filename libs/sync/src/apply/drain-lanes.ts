import { isUmbraError, laneOf, type PendingChange } from '@umbra/domain';
import type { ApplyDeps } from './apply-deps.ts';
import { isFaultOfTheBatch, pauseAfter } from './batch-fault.ts';
import { BatchSize } from './batch-size.ts';
import { without, type Choice } from './choices.ts';
import { drainLane } from './drain-lane.ts';
import { ownLane, withMissing, type HeldLocks } from './held-locks.ts';
import { applyNext, type Applied, type Attempt } from './lane-attempt.ts';
import { prepareSchemas } from './prepare-schemas.ts';
import { tellApplied } from './tell-applied.ts';

/** What one look at some lanes came to. */
export interface LanesLook {
  readonly applied: number;
  /** Lanes that may hold more than was taken. */
  readonly left: readonly number[];
  /**
   * Lanes that somebody else held. He need not have seen what we were woken for: he may have looked before it was there.
   */
  readonly taken: readonly number[];
}

/** SKUs may be found missing so often before the lanes are drained one by one. */
const LOCK_ATTEMPTS = 3;
/** Transactions set back by the server in a row, before the lanes are drained one by one. */
const CONFLICTS = 2;
/**
 * Batches of a lane that is drained by itself: what stands before the change that is the reason, and the change. A lane that
 * runs ahead of the others meets ever more of them, as the prices of a product that goes are still to be deleted there.
 */
const BATCHES_APART = 2;
/** Looks at the same batch, each with more of those taken out of it who would move records elsewhere. */
const MOVERS_ATTEMPTS = 4;

/**
 * Takes what waits in many lanes into one transaction. A batch of a lane takes about two dozen statements, however
 * small it is: lanes that have a few changes each share them.
 *
 * Changes that would move records of lanes that are not held stay behind, with what stands behind them, and have their turn
 * in a transaction of their own afterwards. Everything else that is not plain sailing (a change at fault, transactions that
 * keep meeting) is left to `drainLane`, lane by lane: there it is found out which change is the one.
 *
 * @throws UmbraError as `drainLane`
 */
export async function drainLanes(
  deps: ApplyDeps,
  lanes: readonly number[],
  signal?: AbortSignal,
  size = new BatchSize(),
): Promise<LanesLook> {
  const look: Together = lanes.length === 1 ? { apart: lanes } : await together(deps, lanes, size);
  const { apart = [], applied = 0 } = look;
  const left = [...(look.left ?? [])];
  const taken = [...(look.taken ?? [])];
  let alone = 0;
  const failures: unknown[] = [];
  for (const lane of apart) {
    try {
      const drained = await drainLane(deps, lane, signal, BATCHES_APART);
      alone += drained.applied;
      if (drained.taken) taken.push(lane);
      if (drained.more) left.push(lane);
    } catch (error) {
      // A lane whose schema cannot be had must not keep the others waiting.
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  const returning = deps.returning.lanes.filter((lane) => !taken.includes(lane));
  return { applied: applied + alone, left: [...new Set([...left, ...returning])], taken };
}

type Together = Partial<LanesLook> & {
  /** Lanes to be drained one by one. */
  readonly apart?: readonly number[];
};

async function together(deps: ApplyDeps, lanes: readonly number[], size: BatchSize): Promise<Together> {
  const unreadable = new Set<string>();
  let locks: HeldLocks | undefined;
  let seen: readonly PendingChange[] = [];
  const movers = new Set<string>();
  const apart = new Set<number>();
  let choice: Choice | undefined;
  let [locking, conflicts, moving] = [0, 0, 0];
  for (;;) {
    const started = deps.clock.monotonic();
    let held: readonly number[] = [];
    let attempt: Attempt | undefined;
    try {
      attempt = await deps.mirror.revisions.having(() =>
        deps.changes.withLanes(lanes, (tx) => {
          held = tx.lanes;
          const own = { skus: locks?.skus ?? new Set<string>(), lanes: tx.lanes.flatMap(ownLane) };
          const looked = (changes: readonly PendingChange[]): void => void (seen = changes);
          const terms = { limit: size.limit, held: own, fault: undefined, choice, unreadable, looked };
          return applyNext(deps, tx, terms);
        }),
      );
    } catch (error) {
      const isConflict = isUmbraError(error) && error.code === 'STORE_CONFLICT';
      if (!isConflict && !isFaultOfTheBatch(error)) throw error;
      if (!isConflict) deps.returning.done(deps.returning.of(lanes));
      size.halve();
      if (!isConflict || ++conflicts > CONFLICTS) return { apart: lanes };
      await deps.clock.sleep(pauseAfter(conflicts, lanes[0] ?? 0));
      continue;
    }
    switch (attempt?.kind) {
      case undefined:
        return { taken: lanes };
      case 'empty':
        return { taken: besides(lanes, held) };
      case 'prepare':
        try {
          await prepareSchemas(deps, attempt.changes, attempt.schemas, unreadable);
        } catch {
          return { apart: lanes };
        }
        continue;
      case 'locks-missing':
        if (attempt.lanes.length === 0 && ++locking < LOCK_ATTEMPTS) {
          locks = withMissing(locks ?? { skus: new Set(), lanes: [] }, attempt);
          continue;
        }
        for (const id of attempt.movers) movers.add(id);
        for (const lane of lanesOf(seen.filter(({ recordId }) => movers.has(recordId)))) apart.add(lane);
        if (apart.size === 0) return { apart: lanes };
        choice = without(movers);
        // Nothing stands beside or before them, or there is no end of them.
        if (choice(seen).length === 0 || ++moving > MOVERS_ATTEMPTS)
          return { apart: [...apart], left: besides(lanes, [...apart]) };
        continue;
      case 'applied':
        await tellApplied(deps, held, attempt, started, size);
        return {
          applied: attempt.changes.length,
          apart: [...apart],
          left: besides(leftOf(held, attempt), [...apart]),
          taken: besides(lanes, held),
        };
    }
  }
}

function besides(lanes: readonly number[], others: readonly number[]): number[] {
  return lanes.filter((lane) => !others.includes(lane));
}

/** Changes come in turns, so only a batch without a second turn can have been cut off before some lanes had their first. */
function leftOf(held: readonly number[], { changes }: Applied): readonly number[] {
  if (changes.length === 0) return [];
  const places = new Set(
    changes.map(({ object, recordId, streamId }) => `${streamId} ${laneOf(object, recordId)}`),
  );
  return places.size === changes.length ? held : lanesOf(changes);
}

function lanesOf(changes: readonly PendingChange[]): number[] {
  return [...new Set(changes.map(({ object, recordId }) => laneOf(object, recordId)))];
}
