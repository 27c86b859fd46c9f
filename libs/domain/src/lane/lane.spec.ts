import { describe, expect, it } from '@jest/globals';
import { laneOf, LANES } from './lane.ts';

const id = (prefix: string, n: number) => `${prefix}5g0000${n.toString(36).padStart(6, '0')}AAA`;

describe('the lane of a record', () => {
  it('never changes: stored changes carry it', () => {
    expect(laneOf('Product2', '01t5g000000001AAA')).toBe(laneOf('Product2', '01t5g000000001AAA'));
    expect(['Product2', 'PricebookEntry', 'Account'].map((o) => laneOf(o as 'Account', id('001', 7)))).toEqual(
      PINNED,
    );
  });

  it('is spread evenly over ids that follow each other', () => {
    const records = new Array(LANES).fill(0) as number[];
    for (let n = 0; n < 64_000; n += 1) {
      const lane = laneOf('Account', id('001', n));
      records[lane] = (records[lane] ?? 0) + 1;
    }
    expect(Math.min(...records)).toBeGreaterThan(800);
    expect(Math.max(...records)).toBeLessThan(1_200);
  });
});
