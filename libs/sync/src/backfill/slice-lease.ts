import type { BackfillSlice } from '@umbra/domain';
import { tuningOf, type BackfillDeps } from './backfill-deps.ts';
import { busy, Stopped, throwIfStopped } from './stop.ts';

/**
 * One holder per slice. The lease is a row with an end, by the database's clock: a process that was killed holds its
 * slice for at most `leaseSeconds` more, and one that was paused past that finds every page refused, since each page
 * checks the lease in the transaction that lands it.
 */
export interface HeldSlice {
  readonly slice: BackfillSlice;
  /** Raised when the caller's signal is, or when the lease is lost. */
  readonly signal: AbortSignal;
}

/**
 * Takes the lease, works, and gives it back.
 * @throws UmbraError SYNC_BUSY when somebody else keeps renewing it
 * @throws Stopped
 */
export async function holdingSlice<T>(
  deps: BackfillDeps,
  run: string,
  slice: number,
  signal: AbortSignal,
  work: (held: HeldSlice) => Promise<T>,
): Promise<T> {
  const taken = await takeSlice(deps, run, slice, signal);
  const lost = new AbortController();
  const done = new AbortController();
  const renewing = renewUntil(deps, run, slice, lost, done.signal);
  try {
    return await work({ slice: taken, signal: AbortSignal.any([signal, lost.signal]) });
  } finally {
    done.abort();
    await renewing;
    if (!lost.signal.aborted) await deps.runs.releaseSlice(run, slice, deps.owner);
  }
}

/** Waits for the lease of a dead process to run out, but not for one that lives and renews it. */
async function takeSlice(
  deps: BackfillDeps,
  run: string,
  slice: number,
  signal: AbortSignal,
): Promise<BackfillSlice> {
  const { leaseSeconds } = tuningOf(deps);
  const giveUpAt = deps.clock.monotonic() + 2 * leaseSeconds * 1000;
  for (;;) {
    throwIfStopped(signal);
    const taken = await deps.runs.takeSlice(run, slice, deps.owner, leaseSeconds);
    if (taken !== undefined) return taken;
    if (deps.clock.monotonic() > giveUpAt) throw busy(run, slice);
    await pause(deps, Math.min(1000, leaseSeconds * 100), signal);
  }
}

async function renewUntil(
  deps: BackfillDeps,
  run: string,
  slice: number,
  lost: AbortController,
  done: AbortSignal,
): Promise<void> {
  const { leaseSeconds } = tuningOf(deps);
  while (!done.aborted) {
    try {
      await deps.clock.sleep((leaseSeconds * 1000) / 3, done);
    } catch {
      return; // the work is done
    }
    const renewed = await deps.runs
      .renewSlice(run, slice, deps.owner, leaseSeconds)
      .catch((error: unknown) => {
        // The database may be back before the lease ends; if not, the next page is refused.
        deps.mirror.log.warn({ err: error, run, slice }, 'lease not renewed');
        return true;
      });
    if (!renewed) {
      lost.abort(new Stopped('lease-lost'));
      return;
    }
  }
}

/** Sleeps; a raised signal ends it as `Stopped`. */
export async function pause(
  deps: Pick<BackfillDeps, 'clock'>,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    await deps.clock.sleep(ms, signal);
  } catch (error) {
    throwIfStopped(signal);
    throw error;
  }
}
