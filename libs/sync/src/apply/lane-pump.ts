import type { Log } from '@umbra/domain';
import { drainLane, type ApplyDeps } from './drain-lane.ts';

/** Lanes drained beside each other: each holds a connection, and two keep two cores and one server busy. */
const AT_ONCE = 2;

/**
 * Drains lanes in this process as soon as they are woken. A lane that is woken while it is drained is looked at once
 * more afterwards, because the drain may have looked too early.
 */
export class LanePump {
  readonly #deps: ApplyDeps;
  readonly #log: Log;
  readonly #atOnce: number;
  readonly #woken = new Set<number>();
  readonly #running = new Map<number, Promise<void>>();
  readonly #ending = new AbortController();

  constructor(deps: ApplyDeps, log: Log, atOnce = AT_ONCE) {
    this.#deps = deps;
    this.#log = log;
    this.#atOnce = atOnce;
  }

  wake(lanes: readonly number[]): void {
    if (this.#ending.signal.aborted) return;
    for (const lane of lanes) this.#woken.add(lane);
    this.#fill();
  }

  /** Resolves when nothing is woken and nothing runs. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** Ends after the batches under way. */
  async close(): Promise<void> {
    this.#ending.abort();
    this.#woken.clear();
    await this.idle();
  }

  #fill(): void {
    for (const lane of this.#woken) {
      if (this.#running.size >= this.#atOnce) return;
      if (this.#running.has(lane)) continue;
      this.#woken.delete(lane);
      const draining = this.#drain(lane).finally(() => {
        this.#running.delete(lane);
        this.#fill();
      });
      this.#running.set(lane, draining);
    }
  }

  async #drain(lane: number): Promise<void> {
    try {
      await drainLane(this.#deps, lane, this.#ending.signal);
    } catch (error) {
      // What stays behind is still in the log; the sweeper comes back to it.
      this.#log.warn({ err: error, lane }, 'lane left as it is for now');
    }
  }
}
