import type { Clock, LoadClaims } from '@umbra/domain';

/** How often it is looked whether the other process has answered. */
const LOOK_EVERY_MS = 25;

export interface LoadTogetherOptions {
  readonly claims: LoadClaims;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
}

/** How long a kind of load may take. */
export interface LoadPatience {
  /** The claim of a process that died ends after this. */
  readonly claimMs: number;
  /** Whoever waited this long for another process loads by itself. */
  readonly waitMs: number;
}

/**
 * Of the processes that need the same thing at the same time one loads it, and the others find it in the shared cache.
 * A process that dies or fails while it loads costs the others `waitMs` at most.
 */
export class LoadTogether {
  readonly #claims: LoadClaims;
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>;

  constructor({ claims, clock }: LoadTogetherOptions) {
    this.#claims = claims;
    this.#clock = clock;
  }

  /**
   * @param steps.keyOf what is claimed for an id
   * @param steps.load loads the ids and fills the cache with them
   * @param steps.look takes what the cache holds by now. @returns the ids that are still missing
   */
  async run(
    ids: readonly string[],
    { claimMs, waitMs }: LoadPatience,
    steps: {
      readonly keyOf: (id: string) => string;
      readonly load: (ids: readonly string[]) => Promise<void>;
      readonly look: (ids: readonly string[]) => Promise<readonly string[]>;
    },
  ): Promise<void> {
    const until = this.#clock.monotonic() + waitMs;
    let rest = ids;
    while (rest.length > 0) {
      const claim = await this.#claims.claim(rest.map(steps.keyOf), claimMs);
      const isTaken = (id: string): boolean => claim.taken.has(steps.keyOf(id));
      const own = rest.filter((id) => !isTaken(id));
      try {
        if (own.length > 0) await steps.load(own);
      } finally {
        await claim.release();
      }
      rest = rest.filter(isTaken);
      if (rest.length === 0) return;
      if (this.#clock.monotonic() >= until) return steps.load(rest);
      await this.#clock.sleep(LOOK_EVERY_MS);
      rest = await steps.look(rest);
    }
  }
}
