import { catalogPrefix, eligibilityPrefix } from '@umbra/domain';

/** More scopes than this are owed as "everything": cheaper to load again than to remember. */
const MOST_OWED = 10_000;
/** Scopes per script call: a few milliseconds of the server's one thread. */
const BATCH = 500;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Invalidations that still have to reach the cache. One that is lost leaves an outdated entry until its lifetime ends,
 * so what fails is kept and tried again, in the background, until it is delivered or the process ends.
 *
 * States: idle (`#owed` empty) → delivering (`#delivery` set) → idle, or → pausing (`#timer` set) → delivering.
 */
export class OwedInvalidations {
  readonly #deliver: (scopes: readonly string[]) => Promise<void>;
  readonly #onFailure: (error: unknown) => void;
  /** Empty when everything was delivered. */
  #owed = new Set<string>();
  /** The running delivery; joined by whoever comes meanwhile. */
  #delivery: Promise<void> | undefined;
  /** Set while pausing after a failure. */
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;

  constructor(
    deliver: (scopes: readonly string[]) => Promise<void>,
    onFailure: (error: unknown) => void = () => undefined,
  ) {
    this.#deliver = deliver;
    this.#onFailure = onFailure;
  }

  /** How many scopes wait for their delivery. */
  get size(): number {
    return this.#owed.size;
  }

  /** Resolves after one attempt, or at once during a pause: a writer does not wait for a dead cache. Never rejects. */
  async add(scopes: readonly string[]): Promise<void> {
    for (const scope of scopes) this.#owed.add(scope);
    if (this.#owed.size > MOST_OWED) this.#owed = new Set([catalogPrefix, eligibilityPrefix]);
    if (!this.#closed && this.#timer === undefined) await this.attempt();
  }

  /** Delivers what is owed now, without waiting for the pause to end. Never rejects. */
  async attempt(): Promise<void> {
    this.#delivery ??= this.#run().finally(() => (this.#delivery = undefined));
    await this.#delivery;
  }

  /** Stops trying; what is owed stays owed. */
  close(): void {
    this.#closed = true;
    this.#endPause();
  }

  async #run(): Promise<void> {
    this.#endPause();
    while (this.#owed.size > 0) {
      const batch = [...this.#owed].slice(0, BATCH);
      // Out of the set before the call: a scope that is added again meanwhile needs a call of its own.
      for (const scope of batch) this.#owed.delete(scope);
      try {
        await this.#deliver(batch);
        this.#failures = 0;
      } catch (error) {
        for (const scope of batch) this.#owed.add(scope);
        this.#onFailure(error);
        this.#pause();
        return;
      }
    }
  }

  #endPause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #pause(): void {
    if (this.#closed) return;
    const ms = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    this.#timer = setTimeout(() => void this.attempt(), ms).unref();
  }
}
