import { isUmbraError, type Clock, type Log } from '@umbra/domain';

/**
 * What must be right before a process does its work: server versions, schema, eviction policy, field map.
 *
 * A check that fails for good (wrong policy, too old, unknown field) is for a person: the first round throws it and
 * the process ends with its exit code. A service that does not answer will come back: its check is repeated with
 * back-off, the process stays up, not ready, and starts working when the check passes. Restarting instead would only
 * move the waiting elsewhere and lose the logs.
 */

export interface StartCheck {
  readonly name: string;
  /** @throws UmbraError; verdict `never` means for good */
  run(): Promise<void>;
}

export interface StartChecksOptions {
  readonly checks: readonly StartCheck[];
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the repetition. */
  readonly signal: AbortSignal;
}

/** Milliseconds between rounds: doubled from the first to the last. */
const FIRST_PAUSE_MS = 500;
const LAST_PAUSE_MS = 15_000;

export class StartChecks {
  readonly #options: StartChecksOptions;
  readonly #open: Set<StartCheck>;

  constructor(options: StartChecksOptions) {
    this.#options = options;
    this.#open = new Set(options.checks);
  }

  passed(name: string): boolean {
    return ![...this.#open].some((check) => check.name === name);
  }

  get allPassed(): boolean {
    return this.#open.size === 0;
  }

  /** One round of the checks that have not passed yet. @throws UmbraError of the first that fails for good */
  async round(): Promise<boolean> {
    await Promise.all(
      [...this.#open].map(async (check) => {
        try {
          await check.run();
          this.#open.delete(check);
        } catch (error) {
          if (!isUmbraError(error) || error.retry === 'never') throw error;
          this.#options.log.warn({ check: check.name, code: error.code }, 'start check waits');
        }
      }),
    );
    return this.allPassed;
  }

  /** Rounds until all have passed. @returns false when the signal ended it @throws as `round` */
  async untilPassed(): Promise<boolean> {
    const { clock, signal } = this.#options;
    for (let pause = FIRST_PAUSE_MS; !this.allPassed; pause = Math.min(pause * 2, LAST_PAUSE_MS)) {
      try {
        await clock.sleep(pause, signal);
      } catch {
        return false;
      }
      await this.round();
    }
    return true;
  }
}
