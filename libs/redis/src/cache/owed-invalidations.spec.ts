import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { OwedInvalidations } from './owed-invalidations.ts';

describe('owed invalidations', () => {
  let delivered: string[][];
  let broken: boolean;
  let owed: OwedInvalidations;

  beforeEach(() => {
    jest.useFakeTimers();
    delivered = [];
    broken = false;
    owed = new OwedInvalidations((scopes) => {
      if (broken) return Promise.reject(new Error('away'));
      delivered.push([...scopes]);
      return Promise.resolve();
    });
  });

  afterEach(() => {
    owed.close();
    jest.useRealTimers();
  });

  it('delivers before it returns', async () => {
    await owed.add(['a', 'b']);
    expect(delivered).toEqual([['a', 'b']]);
    expect(owed.size).toBe(0);
  });

  it('keeps what failed and delivers it by itself, with what came meanwhile', async () => {
    broken = true;
    await owed.add(['a']);
    await owed.add(['b']);
    expect(owed.size).toBe(2);
    broken = false;
    await jest.advanceTimersByTimeAsync(100);
    expect(new Set(delivered.flat())).toEqual(new Set(['a', 'b']));
    expect(owed.size).toBe(0);
  });

  it('waits longer after each failure, at most five seconds', async () => {
    broken = true;
    await owed.add(['a']);
    await jest.advanceTimersByTimeAsync(60_000);
    broken = false;
    await jest.advanceTimersByTimeAsync(5_000);
    expect(delivered).toEqual([['a']]);
  });

  it('a scope that is added during its own delivery is delivered again', async () => {
    let release: () => void = () => undefined;
    const calls: string[][] = [];
    const slow = new OwedInvalidations(async (scopes) => {
      calls.push([...scopes]);
      if (calls.length === 1) await new Promise<void>((resolve) => (release = resolve));
    });
    const first = slow.add(['a']);
    const second = slow.add(['a']);
    release();
    await Promise.all([first, second]);
    expect(calls).toEqual([['a'], ['a']]);
  });

  it('owes everything rather than ever more', async () => {
    broken = true;
    await owed.add(Array.from({ length: 10_001 }, (_, at) => `catalog:sku:${at}`));
    expect(owed.size).toBe(2);
    broken = false;
    await owed.attempt();
    expect(delivered).toEqual([['catalog:', 'eligibility:']]);
  });
});
