import { isUmbraError, type Clock, type JobQueue, type Log } from '@umbra/domain';

export interface NudgeOptions {
  /** Left out: nobody but this process is told. */
  readonly queue?: JobQueue;
  /** Wakes the consumer in this process, without a way through Redis. */
  readonly wake?: (lanes: readonly number[]) => void;
  readonly clock: Clock;
  readonly log: Log;
  /** At most one nudge of a lane in this time, in milliseconds: a job per event would be what Redis does all day. */
  readonly everyMs?: number;
}

const EVERY_MS = 100;

/**
 * Tells the consumers that lanes have something new. What is lost here costs time and no data: the sweeper sees the
 * same in PostgreSQL.
 */
export class LaneNudges {
  readonly #options: NudgeOptions;
  readonly #pending = new Map<number, bigint>();
  #flushing: Promise<void> | undefined;

  constructor(options: NudgeOptions) {
    this.#options = options;
  }

  nudge(lanes: readonly { readonly lane: number; readonly upTo: bigint }[]): void {
    if (lanes.length === 0) return;
    for (const { lane, upTo } of lanes) {
      const known = this.#pending.get(lane);
      if (known === undefined || upTo > known) this.#pending.set(lane, upTo);
    }
    this.#options.wake?.(lanes.map(({ lane }) => lane));
    this.#flushing ??= this.#flushLater();
  }

  /** Resolves when everything that was to be said has been said. */
  async settled(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
  }

  async #flushLater(): Promise<void> {
    const { clock, everyMs = EVERY_MS } = this.#options;
    await clock.sleep(everyMs);
    const lanes = [...this.#pending];
    this.#pending.clear();
    this.#flushing = undefined;
    await this.#post(lanes);
  }

  async #post(lanes: readonly (readonly [number, bigint])[]): Promise<void> {
    const { log, queue } = this.#options;
    if (queue === undefined) return;
    const posted = await Promise.allSettled(
      lanes.map(([lane, upTo]) =>
        queue.add('apply-changes', { lane, upTo: upTo.toString() }, { dedupeKey: String(lane) }),
      ),
    );
    const failed = posted.find((one) => one.status === 'rejected');
    if (failed === undefined) return;
    const code = isUmbraError(failed.reason) ? failed.reason.code : 'unexpected';
    log.debug({ code, lanes: lanes.length }, 'lanes are left to the sweeper');
  }
}
