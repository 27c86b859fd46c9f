import type { DecodeAgainDeps } from '../ingest/decode-again.ts';
import { decodeAgain } from '../ingest/decode-again.ts';
import type { ApplyDeps } from '../apply/apply-deps.ts';
import { drainLanes } from '../apply/drain-lanes.ts';
import { releaseWaiting } from '../apply/release-waiting.ts';
import { refreshDue, type RefreshDueDeps } from '../holes/refresh-due.ts';

export interface SweepOnceDeps {
  readonly apply: ApplyDeps;
  readonly decode: DecodeAgainDeps;
  readonly refresh: RefreshDueDeps;
  /** Runs the work unless another process is at it; undefined then. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T | undefined>;
}

export interface SweepReport {
  readonly applied: number;
  readonly released: number;
  readonly decoded: number;
  readonly refreshed: number;
  /** Days of the log in which nothing waits any more. */
  readonly closedDays: number;
}

/** Lanes of one transaction. */
const LANES_AT_ONCE = 16;
/** Of one round: under load lanes never run dry, and the other parts of the sweep must have their turn. */
const LOOKS = 16;
/** Batches of one round: a cause that comes and goes must not keep the round going for ever. */
const RELEASES = 20;

/**
 * Looks for everything that a lost nudge left behind: changes stored and not applied, records whose reason to wait is
 * gone, events that can be decoded now, records that wait for a read. With Redis gone it alone keeps the mirror moving.
 *
 * One part that fails does not keep the others from their turn; the first failure is thrown at the end.
 * @returns undefined when another process sweeps
 */
export async function sweepOnce(deps: SweepOnceDeps, signal?: AbortSignal): Promise<SweepReport | undefined> {
  return deps.exclusively(async () => {
    const failures: unknown[] = [];
    const part = async (work: () => Promise<number>): Promise<number> => {
      if (signal?.aborted === true) return 0;
      try {
        return await work();
      } catch (error) {
        failures.push(error);
        return 0;
      }
    };
    const report = {
      decoded: await part(() => decodeAgain(deps.decode)),
      applied: await part(() => drainLagging(deps.apply, signal)),
      released: await part(() => releaseAll(deps, signal)),
      refreshed: await part(() => refreshDue(deps.refresh)),
      closedDays: await part(() => deps.apply.changes.closeDays()),
    };
    if (failures.length > 0) throw failures[0];
    return report;
  });
}

async function drainLagging(deps: ApplyDeps, signal: AbortSignal | undefined): Promise<number> {
  let applied = 0;
  const failures: unknown[] = [];
  let lagging = (await deps.changes.laggingLanes()).map(({ lane }) => lane);
  for (let looks = 0; lagging.length > 0 && looks < LOOKS && signal?.aborted !== true; looks++) {
    const some = lagging.slice(0, LANES_AT_ONCE);
    lagging = lagging.slice(LANES_AT_ONCE);
    try {
      const look = await drainLanes(deps, some, signal);
      applied += look.applied;
      lagging = [...lagging, ...look.left];
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return applied;
}

async function releaseAll({ apply }: SweepOnceDeps, signal: AbortSignal | undefined): Promise<number> {
  let released = 0;
  for (let batch = 0; batch < RELEASES && signal?.aborted !== true; batch++) {
    const written = await releaseWaiting(apply.mirror);
    if (written === 0) break;
    released += written;
  }
  return released;
}
