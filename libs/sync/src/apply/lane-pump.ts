import type { Log } from '@umbra/domain';
import { BatchSize } from './batch-size.ts';
import type { ApplyDeps } from './apply-deps.ts';
import { drainLanes } from './drain-lanes.ts';

/** Transactions beside each other: each holds a connection, and two keep two cores and one server busy. */
const AT_ONCE = 2;
/** Lanes of one transaction at most: half of all, so that two transactions share the work. */
const LANES_AT_ONCE = 32;
/** How long a woken lane waits for others, so that a handful of events does not cost two dozen statements; ms. */
const GATHER_MS = 10;
/** How long a lane that somebody else holds is left to him, in milliseconds: a transaction aims at a quarter second. */
const TAKEN_MS = 50;

interface Waiter {
  readonly lane: number;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Drains lanes in this process as soon as they are woken, many in one transaction. A lane that is woken while it is
 * drained, or that holds more than one transaction takes, gets another turn behind the others. So does one that somebody
 * else holds, after a while: what it was woken for may have come behind his look.
 */
export class LanePump {
  readonly #deps: ApplyDeps;
  readonly #log: Log;
  readonly #atOnce: number;
  readonly #woken = new Set<number>();
  /** Lanes of the transactions under way. */
  readonly #busy = new Set<number>();
  readonly #passes = new Set<Promise<void>>();
  readonly #size = new BatchSize();
  readonly #ending = new AbortController();
  #waiters: readonly Waiter[] = [];
  #gathering: Promise<void> | undefined;
  readonly #taken = new Set<number>();
  #returning: Promise<void> | undefined;

  constructor(deps: ApplyDeps, log: Log, atOnce = AT_ONCE) {
    this.#deps = deps;
    this.#log = log;
    this.#atOnce = atOnce;
  }

  wake(lanes: readonly number[]): void {
    if (this.#ending.signal.aborted) return;
    for (const lane of lanes) this.#woken.add(lane);
    this.#gathering ??= this.#gather();
  }

  /** Lanes that were woken and that nobody in this process is at. */
  get waiting(): ReadonlySet<number> {
    return new Set([...this.#woken].filter((lane) => !this.#busy.has(lane)));
  }

  /**
   * Wakes a lane, and resolves when it has had a turn, here or in another worker. A lane that holds more than one turn
   * takes gets its next one by itself: whoever waits must not wait for as long as changes keep coming.
   * @throws UmbraError as `drainLane`; when the pump closes before, nothing is said of the lane
   */
  async drain(lane: number): Promise<void> {
    if (this.#ending.signal.aborted) return;
    const done = Promise.withResolvers<void>();
    this.#waiters = [...this.#waiters, { lane, done }];
    this.wake([lane]);
    await done.promise;
  }

  /** Resolves when nothing is woken and nothing runs. */
  async idle(): Promise<void> {
    while (this.#gathering !== undefined || this.#returning !== undefined || this.#passes.size > 0)
      await Promise.all([this.#gathering, this.#returning, ...this.#passes]);
  }

  /** Ends after the transactions under way. */
  async close(): Promise<void> {
    this.#ending.abort();
    this.#woken.clear();
    await this.idle();
    for (const { done } of this.#waiters) done.resolve();
    this.#waiters = [];
  }

  async #gather(): Promise<void> {
    await this.#deps.clock.sleep(GATHER_MS, this.#ending.signal).catch(() => undefined);
    this.#gathering = undefined;
    this.#fill();
  }

  async #return(): Promise<void> {
    await this.#deps.clock.sleep(TAKEN_MS, this.#ending.signal).catch(() => undefined);
    this.#returning = undefined;
    const lanes = [...this.#taken];
    this.#taken.clear();
    this.wake(lanes);
  }

  #fill(): void {
    while (this.#passes.size < this.#atOnce) {
      const lanes = [...this.#woken].filter((lane) => !this.#busy.has(lane)).slice(0, LANES_AT_ONCE);
      if (lanes.length === 0) return;
      for (const lane of lanes) {
        this.#woken.delete(lane);
        this.#busy.add(lane);
      }
      const pass = this.#pass(lanes).finally(() => {
        this.#passes.delete(pass);
        for (const lane of lanes) this.#busy.delete(lane);
        this.#fill();
      });
      this.#passes.add(pass);
    }
  }

  async #pass(lanes: readonly number[]): Promise<void> {
    const waiters = this.#waiters.filter(({ lane }) => lanes.includes(lane));
    this.#waiters = this.#waiters.filter(({ lane }) => !lanes.includes(lane));
    try {
      const { left, taken } = await drainLanes(this.#deps, lanes, this.#ending.signal, this.#size);
      if (!this.#ending.signal.aborted) {
        for (const lane of left) this.#woken.add(lane);
        for (const lane of taken) this.#taken.add(lane);
        if (taken.length > 0) this.#returning ??= this.#return();
      }
      for (const { done } of waiters) done.resolve();
    } catch (error) {
      // What stays behind is still in the log; the sweeper comes back to it.
      this.#log.warn({ err: error, lanes }, 'lanes left as they are for now');
      for (const { done } of waiters) done.reject(error);
    }
  }
}
