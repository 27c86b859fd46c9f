import { describe, expect, it } from '@jest/globals';
import { laneOf, LANES } from './lane.ts';

const idOf = (n: number) => `0015g0000${n.toString(36).padStart(6, '0')}AAA`;

describe('the lane of a record', () => {
  it('never changes: stored changes carry it', () => {
    const objects = ['Product2', 'PricebookEntry', 'Account'] as const;
    expect(objects.map((object) => laneOf(object, '0015g0000000007AAA'))).toEqual([55, 10, 25]);
  });

  it('is spread evenly over ids that follow each other', () => {
    const records = new Array(LANES).fill(0) as number[];
    for (let n = 0; n < 64_000; n += 1) {
      const lane = laneOf('Account', idOf(n));
      records[lane] = (records[lane] ?? 0) + 1;
    }
    expect(Math.min(...records)).toBeGreaterThan(800);
    expect(Math.max(...records)).toBeLessThan(1_200);
  });
});
