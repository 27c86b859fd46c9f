import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chainEnd, coveredThrough } from './covered.ts';

const START = 1_700_000_000_000;
const at = (tick: number): Date => new Date(START + tick * 1000);
const tick = fc.integer({ min: 0, max: 40 });
const interval = fc
  .tuple(fc.option(tick, { freq: 3 }), tick)
  .map(([from, to]) => ({ from, to: from === null ? to : Math.max(from, to) }));
const facts = fc.record({
  intervals: fc.array(interval, { maxLength: 8 }),
  holes: fc.array(fc.record({ from: tick, object: fc.boolean(), closed: fc.boolean() }), { maxLength: 3 }),
  unapplied: fc.option(tick),
});

function claimed({ holes, intervals, unapplied }: typeof facts extends fc.Arbitrary<infer T> ? T : never) {
  return coveredThrough({
    intervals: intervals.map(({ from, to }) => ({ from: from === null ? null : at(from), to: at(to) })),
    holes: holes.map(({ closed, from, object }) => ({
      scope: object ? 'object' : 'record',
      from: at(from),
      closedAt: closed ? at(0) : null,
    })),
    oldestUnapplied: unapplied === null ? null : at(unapplied).toISOString(),
  });
}

describe('what an object is covered through', () => {
  it('9: never reaches over an instant that nothing proves, an open hole, or a change that waits', () => {
    fc.assert(
      fc.property(facts, (one) => {
        const end = claimed(one);
        if (end === undefined) return;
        for (let now = 0; at(now) <= end; now++) {
          const proven = one.intervals.some(({ from, to }) => (from ?? -1) <= now && now <= to);
          expect(proven).toBe(true);
        }
        for (const { closed, from, object } of one.holes) {
          if (object && !closed) expect(end <= at(from)).toBe(true);
        }
        if (one.unapplied !== null) expect(end < at(one.unapplied)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('claims nothing without a proof of the beginning, and no less than one whole proof', () => {
    fc.assert(
      fc.property(facts, (one) => {
        const whole = one.intervals.filter(({ from }) => from === null);
        const end = chainEnd(
          one.intervals.map(({ from, to }) => ({ from: from === null ? null : at(from), to: at(to) })),
        );
        if (whole.length === 0) expect(end).toBeUndefined();
        for (const { to } of whole) expect(end !== undefined && end >= at(to)).toBe(true);
      }),
    );
  });

  it('is the same whatever the order of the intervals, and only grows with one more', () => {
    fc.assert(
      fc.property(facts, interval, (one, more) => {
        expect(claimed({ ...one, intervals: one.intervals.toReversed() })).toEqual(claimed(one));
        const before = claimed(one)?.getTime() ?? -Infinity;
        const after = claimed({ ...one, intervals: [...one.intervals, more] })?.getTime() ?? -Infinity;
        expect(after).toBeGreaterThanOrEqual(before);
      }),
    );
  });
});
