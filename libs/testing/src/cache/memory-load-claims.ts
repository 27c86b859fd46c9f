import type { LoadClaim, LoadClaims } from '@umbra/domain';

/** `LoadClaims` in memory, for several "processes" of one test. Claims end with their release only. */
export class MemoryLoadClaims implements LoadClaims {
  readonly #held = new Set<string>();
  /** While true everything is claimed by a process that died. */
  deadHolder = false;

  claim(keys: readonly string[]): Promise<LoadClaim> {
    const taken = new Set(keys.filter((key) => this.deadHolder || this.#held.has(key)));
    const own = keys.filter((key) => !taken.has(key));
    for (const key of own) this.#held.add(key);
    const release = (): Promise<void> => {
      for (const key of own) this.#held.delete(key);
      return Promise.resolve();
    };
    return Promise.resolve({ taken, release });
  }
}
