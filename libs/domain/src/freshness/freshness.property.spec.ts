import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ageSeconds, isStale, oldestOf, secondsUntilStale } from './freshness.ts';

const instant = fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }).map((ms) => new Date(ms));
const bound = fc.integer({ min: 1, max: 200 });

describe('freshness', () => {
  it('never states a smaller age than the true one', () => {
    fc.assert(
      fc.property(instant, instant, (asOf, now) => {
        expect(ageSeconds(asOf, now) * 1000).toBeGreaterThanOrEqual(now.getTime() - asOf.getTime());
        expect(ageSeconds(asOf, now)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('an answer kept until its bound is not stale before the end of its life', () => {
    fc.assert(
      fc.property(instant, instant, bound, (asOf, now, seconds) => {
        const life = secondsUntilStale(asOf, now, seconds);
        expect(life).toBeLessThanOrEqual(seconds);
        fc.pre(life > 0);
        expect(isStale(asOf, new Date(now.getTime() + life * 1000), seconds)).toBe(false);
      }),
    );
  });

  it('a compound answer is as old as its oldest part', () => {
    fc.assert(
      fc.property(fc.array(instant, { minLength: 1, maxLength: 5 }), (instants) => {
        const oldest = oldestOf(instants);
        expect(instants).toContainEqual(oldest);
        expect(instants.every((each) => each.getTime() >= oldest.getTime())).toBe(true);
      }),
    );
  });

  it('refuses to date an answer that was made of nothing', () => {
    expect(() => oldestOf([])).toThrow(RangeError);
  });
});
