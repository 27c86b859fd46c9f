import { describe, expect, it } from '@jest/globals';
import { recordId } from '@umbra/testing';
import fc from 'fast-check';
import { cutRange, wholeObject, type IdRange } from './id-range.ts';

function holds(range: IdRange, id: string): boolean {
  return (range.fromId === null || id >= range.fromId) && (range.toId === null || id < range.toId);
}

describe('a range of ids', () => {
  it('is cut into parts that cover every id once, again and again', () => {
    const numbers = fc
      .tuple(fc.nat(1_000_000), fc.nat(1_000_000))
      .map((pair) => pair.toSorted((a, b) => a - b));
    fc.assert(
      fc.property(
        numbers,
        fc.integer({ min: 2, max: 7 }),
        fc.array(fc.nat(1_100_000)),
        (between, parts, ids) => {
          const known = { first: recordId('001', between[0] ?? 0), last: recordId('001', between[1] ?? 0) };
          let ranges: readonly IdRange[] = cutRange(wholeObject, parts, known);
          ranges = ranges.flatMap((range) => cutRange(range, parts, known));
          for (const n of [...ids, ...between]) {
            const id = recordId('001', n);
            expect(ranges.filter((range) => holds(range, id))).toHaveLength(1);
          }
          expect(ranges.at(0)?.fromId).toBeNull();
          expect(ranges.at(-1)?.toId).toBeNull();
        },
      ),
    );
  });

  it('is cut evenly', () => {
    const known = { first: recordId('001', 1), last: recordId('001', 400) };
    expect(cutRange(wholeObject, 4, known)).toHaveLength(4);
  });

  it('that holds one id is not cut', () => {
    const known = { first: recordId('001', 5), last: recordId('001', 5) };
    expect(cutRange(wholeObject, 4, known)).toEqual([wholeObject]);
  });
});
