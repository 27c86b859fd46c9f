/** A measure over time, of something that should not grow: resident bytes, open handles, rows that are dead. */
export interface Series {
  readonly name: string;
  /** In the order of time, at even distances. */
  readonly values: readonly number[];
  /** Growth that is no growth, in the unit of the values: noise, caches that fill once. */
  readonly slack: number;
}

/** With fewer values nothing can be said. */
const FEWEST = 12;

/**
 * Did a measure still grow after it had warmed up? The last quarter is held against the second one, by medians.
 * @returns what speaks against it
 */
export function growing(all: readonly Series[]): string[] {
  const found: string[] = [];
  for (const { name, slack, values } of all) {
    if (values.length < FEWEST) continue;
    const quarter = Math.floor(values.length / 4);
    const [early, late] = [median(values.slice(quarter, 2 * quarter)), median(values.slice(-quarter))];
    if (late > early * 1.25 + slack)
      found.push(`${name} grew from ${Math.round(early)} to ${Math.round(late)}`);
  }
  return found;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
