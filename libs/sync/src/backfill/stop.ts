import { UmbraError } from '@umbra/domain';

/** Why work on a slice ends early without being at fault. Never leaves the backfill: callers turn it into a value. */
export class Stopped extends Error {
  readonly reason: 'interrupted' | 'lease-lost';

  constructor(reason: 'interrupted' | 'lease-lost') {
    super(reason);
    this.name = 'Stopped';
    this.reason = reason;
  }
}

/** @throws Stopped when the signal has been raised */
export function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw signal.reason instanceof Stopped ? signal.reason : new Stopped('interrupted');
}

/** The error with which another process is asked to wait its turn. */
export function busy(run: string, slice: number): UmbraError {
  return new UmbraError('SYNC_BUSY', 'another backfill is at work on this slice; wait for it or stop it', {
    details: { run, slice },
  });
}
