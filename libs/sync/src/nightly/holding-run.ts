import { UmbraError, type JsonValue, type UpkeepKind, type UpkeepRun, type UpkeepRuns } from '@umbra/domain';
import type { BackfillDeps } from '../backfill/backfill-deps.ts';
import { Stopped } from '../backfill/stop.ts';

/** A run that this process works on: its signal is raised with the caller's, and when the lease is lost. */
export interface HeldRun {
  readonly run: UpkeepRun;
  readonly signal: AbortSignal;
  readonly save: (progress: JsonValue) => Promise<void>;
  /** Ends the run with its report. @returns the report's hash */
  readonly finish: (report: JsonValue) => Promise<string>;
}

export interface HoldOptions {
  readonly kind: UpkeepKind;
  readonly subject: string;
  readonly leaseSeconds: number;
  readonly signal: AbortSignal;
}

/** An interrupted run goes on within this time; later its findings are of another day. In seconds. */
const RESUMABLE_SECONDS = 12 * 3600;

/**
 * Takes a run of upkeep, works on it and gives it back; what was saved is there for the next attempt.
 * @throws UmbraError SYNC_BUSY when somebody else is at it @throws Stopped
 */
export async function holdingRun<T>(
  { clock, mirror, owner }: Pick<BackfillDeps, 'clock' | 'mirror' | 'owner'>,
  upkeep: UpkeepRuns,
  { kind, leaseSeconds, signal, subject }: HoldOptions,
  work: (held: HeldRun) => Promise<T>,
): Promise<T> {
  const lease = { owner, seconds: leaseSeconds, withinSeconds: RESUMABLE_SECONDS };
  const run = await upkeep.take(kind, subject, lease);
  if (run === undefined) {
    throw new UmbraError('SYNC_BUSY', `another process is at work on ${kind} of ${subject}`, {
      details: { part: kind, object: subject },
    });
  }
  const lost = new AbortController();
  const done = new AbortController();
  const renewing = (async (): Promise<void> => {
    for (;;) {
      await clock.sleep((leaseSeconds * 1000) / 3, done.signal).catch(() => undefined);
      if (done.signal.aborted) return;
      const renewed = await upkeep.renew(run.id, owner, leaseSeconds).catch((error: unknown) => {
        mirror.log.warn({ err: error, run: run.id }, 'lease not renewed');
        return true;
      });
      if (!renewed) lost.abort(new Stopped('lease-lost'));
    }
  })();
  try {
    return await work({
      run,
      signal: AbortSignal.any([signal, lost.signal]),
      save: (progress) => upkeep.save(run.id, owner, progress),
      finish: (report) => upkeep.finish(run.id, owner, report),
    });
  } finally {
    done.abort();
    await renewing;
    await upkeep.release(run.id, owner).catch((error: unknown) => {
      mirror.log.debug({ err: error, run: run.id }, 'lease is left to run out');
    });
  }
}
