/**
 * How old an answer is. `asOf` is proven by the source (coverage of the shadow, the `Date` of a Salesforce answer) and
 * travels with the data, through the cache too; age and staleness are derived from it at the moment of answering.
 * Rounding always goes towards older: an answer never claims to be fresher than it is.
 */

/** The smallest of the instants: what a compound answer may claim. @throws RangeError without instants */
export function oldestOf(instants: readonly Date[]): Date {
  const oldest = Math.min(...instants.map((instant) => instant.getTime()));
  if (!Number.isFinite(oldest)) throw new RangeError('an answer needs at least one instant');
  return new Date(oldest);
}

/** Whole seconds since `asOf`, rounded up; 0 when our clock is behind the source's. */
export function ageSeconds(asOf: Date, now: Date): number {
  return Math.max(0, Math.ceil((now.getTime() - asOf.getTime()) / 1000));
}

/** Older than the area's bound. */
export function isStale(asOf: Date, now: Date, boundSeconds: number): boolean {
  return now.getTime() - asOf.getTime() > boundSeconds * 1000;
}

/**
 * Seconds until the answer passes its bound, rounded down; 0 when it has. The bound is also the longest cache life,
 * whatever the clocks say.
 */
export function secondsUntilStale(asOf: Date, now: Date, boundSeconds: number): number {
  const left = boundSeconds - (now.getTime() - asOf.getTime()) / 1000;
  return Math.max(0, Math.min(boundSeconds, Math.floor(left)));
}

/** Whether the instant proves an age of at most `seconds`; rounded as the stated age is. */
export function provesAge(asOf: Date, now: Date, seconds: number): boolean {
  return ageSeconds(asOf, now) <= seconds;
}
