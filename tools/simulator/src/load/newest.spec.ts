import { describe, expect, it } from '@jest/globals';
import { Newest } from './newest.ts';

describe('the newest things', () => {
  it('come out oldest first, and no more than their limit', () => {
    const newest = new Newest<number>(3);
    for (let n = 1; n <= 10; n++) newest.push(n);
    expect([newest.shift(), newest.shift()]).toEqual([8, 9]);
    newest.push(11);
    expect([newest.shift(), newest.shift(), newest.shift()]).toEqual([10, 11, undefined]);
    newest.push(12);
    expect(newest.shift()).toBe(12);
  });
});
