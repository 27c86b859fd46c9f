/** The org's usage at one instant, as Salesforce told it. */
export interface UsageSample {
  /** Milliseconds of a clock that only moves forward. */
  readonly at: number;
  readonly used: number;
}

/** Fewer cannot tell a trend from an accident. */
const fewestSamples = 4;

/**
 * Calls per millisecond by which the usage grows: the slope of the least-squares line through the samples. 0 when they
 * are too few or all of one instant. Negative while more calls leave the rolling day than are made.
 */
export function usageSlope(samples: readonly UsageSample[]): number {
  if (samples.length < fewestSamples) return 0;
  const meanAt = samples.reduce((sum, { at }) => sum + at, 0) / samples.length;
  const meanUsed = samples.reduce((sum, { used }) => sum + used, 0) / samples.length;
  let covariance = 0;
  let variance = 0;
  for (const { at, used } of samples) {
    covariance += (at - meanAt) * (used - meanUsed);
    variance += (at - meanAt) ** 2;
  }
  return variance === 0 ? 0 : covariance / variance;
}

/**
 * Milliseconds from the newest sample until the allocation is used up if usage goes on growing as it did; null when it
 * does not grow.
 */
export function untilExhausted(samples: readonly UsageSample[], limit: number): number | null {
  const newest = samples.at(-1);
  if (newest === undefined) return null;
  if (newest.used >= limit) return 0;
  const slope = usageSlope(samples);
  return slope <= 0 ? null : (limit - newest.used) / slope;
}
