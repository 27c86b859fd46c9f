import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { rowSequence } from './row-sequence.ts';

describe('the order of a Bulk result', () => {
  it('holds every row once, and is the same again for the same job', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat()), fc.integer(), (ids, seed) => {
        const sorted = ids.sort((a, b) => a - b);
        const dealt = rowSequence(sorted, { isOrdered: false, seed });
        expect([...dealt].sort((a, b) => a - b)).toEqual(sorted);
        expect(rowSequence(sorted, { isOrdered: false, seed })).toEqual(dealt);
      }),
    );
  });

  it('is not the order of ids, and differs between jobs', () => {
    const rows = Array.from({ length: 100 }, (_, i) => i + 1);
    const orders = new Set(
      [1, 2, 3, 4, 5, 6].map((seed) => rowSequence(rows, { isOrdered: false, seed }).join()),
    );
    expect(orders.size).toBeGreaterThan(3);
    expect([...orders].filter((order) => order === rows.join()).length).toBeLessThan(2);
  });

  it('is that of ORDER BY when there was one', () => {
    expect([...rowSequence([3, 1, 2], { isOrdered: true, seed: 7 })]).toEqual([3, 1, 2]);
  });
});
