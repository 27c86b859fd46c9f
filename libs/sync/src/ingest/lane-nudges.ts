import { isUmbraError, type Clock, type JobQueue, type Log } from '@umbra/domain';

export interface NudgeOptions {
  /** Left out: nobody but this process is told. */
  readonly queue?: JobQueue;
  /** Wakes the consumer in this process, without a way through Redis. */
  readonly wake?: (lanes: readonly number[]) => void;
  /** Lanes that the consumer in this process has not come to yet: only these are offered to others. */
  readonly waiting?: () => ReadonlySet<number>;
  readonly clock: Clock;
  readonly log: Log;
  /** At most one nudge of a lane in this time, in milliseconds: a job per event would be what Redis does all day. */
  readonly everyMs?: number;
  /** For so long this process has a lane to itself before it is offered to others, in milliseconds. */
  readonly ownMs?: number;
}

const EVERY_MS = 100;
/** A worker that keeps up looks at every lane several times in this time, and its jobs would find nothing to do. */
const OWN_MS = 250;

interface Nudge {
  readonly upTo: bigint;
  /** Monotonic time of the first change that is not offered yet. */
  readonly since: number;
}

/**
 * Tells the consumers that lanes have something new. What is lost here costs time and no data: the sweeper sees the
 * same in PostgreSQL.
 */
export class LaneNudges {
  readonly #options: NudgeOptions;
  readonly #pending = new Map<number, Nudge>();
  #flushing: Promise<void> | undefined;

  constructor(options: NudgeOptions) {
    this.#options = options;
  }

  nudge(lanes: readonly { readonly lane: number; readonly upTo: bigint }[]): void {
    if (lanes.length === 0) return;
    const now = this.#options.clock.monotonic();
    for (const { lane, upTo } of lanes) {
      const known = this.#pending.get(lane);
      if (known === undefined) this.#pending.set(lane, { upTo, since: now });
      else if (upTo > known.upTo) this.#pending.set(lane, { ...known, upTo });
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
    const lanes = this.#due();
    this.#flushing = undefined;
    if (this.#pending.size > 0) this.#flushing = this.#flushLater();
    await this.#post(lanes);
  }

  /** Forgets the lanes that this process has come to by itself. @returns those that have waited for too long */
  #due(): readonly (readonly [number, bigint])[] {
    const { clock, ownMs = OWN_MS, waiting } = this.#options;
    const own = ownMs === 0 ? undefined : waiting?.();
    const lanes: (readonly [number, bigint])[] = [];
    for (const [lane, { since, upTo }] of this.#pending) {
      const isOurs = own !== undefined && own.has(lane) && clock.monotonic() - since < ownMs;
      if (isOurs) continue;
      if (own === undefined || own.has(lane)) lanes.push([lane, upTo]);
      this.#pending.delete(lane);
    }
    return lanes;
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
