import type { ChangeStream, StreamLease } from '@umbra/domain';
import type { IngestDeps, IngestTuning } from './ingest-deps.ts';

/** What the guard of a lease asks the stream that it guards. */
export interface Guarded {
  /** Lowest number that the next event can have. */
  readonly seen: () => bigint;
  readonly isSameOrg: () => Promise<boolean>;
}

/**
 * Renews the lease while a stream is open, and ends the stream when it is lost or the org has moved. A database that
 * went back behind what was stored counts as lost: asking for the lease again reads the position anew.
 */
export class LeaseGuard {
  readonly #ending = new AbortController();
  readonly #renewing: Promise<void>;
  #lost = false;

  constructor(
    deps: IngestDeps,
    tuning: IngestTuning,
    lease: StreamLease,
    stream: ChangeStream,
    guarded: Guarded,
  ) {
    this.#renewing = this.#renew(deps, tuning, lease, stream, guarded);
  }

  get lost(): boolean {
    return this.#lost;
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#renewing;
  }

  async #renew(
    { clock, log, streams }: IngestDeps,
    tuning: IngestTuning,
    lease: StreamLease,
    stream: ChangeStream,
    { isSameOrg, seen }: Guarded,
  ): Promise<void> {
    const { signal } = this.#ending;
    for (;;) {
      await clock.sleep(tuning.renewMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        if (!(await streams.renew(lease, tuning.leaseSeconds, seen()))) this.#lost = true;
        else if (await isSameOrg()) continue;
        stream.close();
        return;
      } catch (error) {
        // The next append tells whether we still own the topic.
        log.debug({ err: error, topic: lease.topic }, 'lease not renewed this time');
      }
    }
  }
}
