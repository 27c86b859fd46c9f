/** Reproducible chance: the same seed gives the same trial, as far as the machine's timing allows. */
export interface Chance {
  readonly seed: number;
  /** A whole number, both ends included. */
  between(low: number, high: number): number;
  pick<T>(among: readonly T[]): T;
  shuffled<T>(all: readonly T[]): T[];
}

/** mulberry32: small, and good enough to choose faults by. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    seed,
    between,
    pick: <T>(among: readonly T[]): T => {
      const picked = among[between(0, among.length - 1)];
      if (picked === undefined) throw new RangeError('nothing to pick from');
      return picked;
    },
    shuffled: <T>(all: readonly T[]): T[] => {
      const left = [...all];
      for (let last = left.length - 1; last > 0; last--) {
        const other = between(0, last);
        [left[last], left[other]] = [left[other] as T, left[last] as T];
      }
      return left;
    },
  };
}
