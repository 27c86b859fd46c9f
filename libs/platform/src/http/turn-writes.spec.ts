import { describe, expect, it } from '@jest/globals';
import { TurnWrites } from './turn-writes.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the answers of a turn', () => {
  it('are written in order: the first at once, the others together, none later than the turn', async () => {
    const writes = new TurnWrites();
    const written: number[] = [];
    const give = (from: number, to: number): void => {
      for (let n = from; n <= to; n++) writes.write(() => void written.push(n));
    };
    const upTo = (n: number): number[] => Array.from({ length: n }, (_, at) => at + 1);
    give(1, 5);
    expect(written).toEqual([1]);
    await turn();
    expect(written).toEqual(upTo(5));
    give(6, 23);
    expect(written).toEqual(upTo(22));
    await turn();
    expect(written).toEqual(upTo(23));
    give(24, 24);
    expect(written).toEqual(upTo(24));
  });
});
