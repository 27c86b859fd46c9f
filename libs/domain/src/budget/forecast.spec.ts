import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { untilExhausted, usageSlope } from './forecast.ts';

describe('the forecast of exhaustion', () => {
  it('is within 10 % for a steady rise, however it is sampled and whatever the jitter', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 2, noNaN: true }),
        fc.uniqueArray(fc.integer({ min: 0, max: 900_000 }), { minLength: 20, maxLength: 60 }),
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 60, maxLength: 60 }),
        (rate, times, noise) => {
          const sorted = times.toSorted((a, b) => a - b);
          const span = (sorted.at(-1) ?? 0) - (sorted[0] ?? 0);
          fc.pre(span > 300_000);
          const samples = sorted.map((at, i) => ({
            at,
            used: Math.round(10_000 + rate * at + rate * span * 0.01 * (noise[i] ?? 0)),
          }));
          const last = samples.at(-1);
          fc.pre(last !== undefined && rate * span > 200);
          const limit = (last?.used ?? 0) + Math.ceil(rate * 3_600_000);
          const truth = 3_600_000;
          const told = untilExhausted(samples, limit) ?? Number.POSITIVE_INFINITY;
          expect(Math.abs(told - truth) / truth).toBeLessThanOrEqual(0.1);
        },
      ),
    );
  });

  it('is silent while usage does not grow, and immediate once it has reached the limit', () => {
    const flat = [0, 1, 2, 3, 4].map((at) => ({ at, used: 100 - at }));
    expect(untilExhausted(flat, 1_000)).toBeNull();
    expect(untilExhausted(flat, 96)).toBe(0);
    expect(untilExhausted([], 10)).toBeNull();
    expect(usageSlope(flat.slice(0, 3))).toBe(0);
  });
});
