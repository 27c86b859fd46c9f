import { setTimeout as pause } from 'node:timers/promises';

/** The part of a worker's `/health/ready` that is read here. */
interface Readiness {
  readonly details?: { readonly process?: { readonly parts?: { readonly streams?: 'up' | 'down' } } };
}

export interface OpenStreamsOptions {
  readonly fetchReadiness: () => Promise<unknown>;
  readonly withinMs: number;
  /** Why the worker has ended, if it has. */
  readonly ended: () => string | undefined;
  readonly everyMs?: number;
}

/**
 * Waits until every topic is streamed: what happens while the first backfill reads is then received and not lost.
 * A worker whose streams are switched off has nothing to wait for.
 * @returns `late` when the time is over; a backfill without streams is right too, it only proves less
 */
export async function awaitOpenStreams(options: OpenStreamsOptions): Promise<'open' | 'off' | 'late'> {
  const { ended, everyMs = 100, fetchReadiness, withinMs } = options;
  const deadline = Date.now() + withinMs;
  for (;;) {
    // While it answers nothing we know as little as when it says "down".
    const answer = (await fetchReadiness().catch(() => undefined)) as Readiness | undefined;
    const parts = answer?.details?.process?.parts;
    if (parts !== undefined && parts.streams === undefined) return 'off';
    if (parts?.streams === 'up') return 'open';
    if (Date.now() > deadline || ended() !== undefined) return 'late';
    await pause(everyMs);
  }
}
