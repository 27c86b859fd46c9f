import { randomStream } from '../data/mix.ts';

/**
 * Numbers and keys of commits. Commit numbers rise with holes, since other objects and other orgs of the instance
 * commit too; 19 digits as newer orgs have them, or 13 as older ones.
 */
export class CommitNumbers {
  readonly #chance: () => number;
  readonly #last = { 19: 1_778_192_987_716_501_507n, 13: 1_082_985_383_811n };

  constructor(seed: number) {
    this.#chance = randomStream(seed, 'commit numbers');
  }

  next(digits: 19 | 13): bigint {
    const step = BigInt(1 + Math.floor(this.#chance() * (digits === 19 ? 5_000_000 : 50)));
    this.#last[digits] += step;
    return this.#last[digits];
  }

  /** Another database instance counts from elsewhere: lower than any number given out before. */
  restart(): void {
    this.#last[19] = 1_000_000_000_000_000_000n;
    this.#last[13] = 1_000_000_000_000n;
  }

  /** UUID-like, as in `00007e6d-1720-70a0-4379-f4dc745d2b32`. */
  transactionKey(): string {
    const hex = Array.from({ length: 4 }, () =>
      Math.floor(this.#chance() * 0x1_0000_0000)
        .toString(16)
        .padStart(8, '0'),
    ).join('');
    return `0000${hex.slice(4, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
}
