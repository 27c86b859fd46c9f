import { describe, expect, it } from '@jest/globals';
import { contest, spread, type Contender } from './contest.ts';

describe('contest', () => {
  it('reverses the order from round to round and pairs ratios within a round', async () => {
    const order: string[] = [];
    const speeds: Record<string, number[]> = { a: [100, 10, 50], b: [50, 5, 100] };
    const contender = (name: string): Contender => ({
      name,
      run: async (round) => {
        order.push(`${round}${name}`);
        return { seconds: 1, units: speeds[name]?.[round] ?? 0 };
      },
    });
    const [, b] = await contest([contender('a'), contender('b')], 3, () => undefined);
    expect(order).toEqual(['0a', '0b', '1b', '1a', '2a', '2b']);
    expect(b?.ratio).toEqual({ min: 0.5, median: 0.5, max: 2 });
  });

  it('takes the mean of the two middle values of an even number', () => {
    expect(spread([4, 1, 3, 2])).toEqual({ min: 1, median: 2.5, max: 4 });
  });
});
