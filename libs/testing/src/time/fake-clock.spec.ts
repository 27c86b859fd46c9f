import { describe, expect, it } from '@jest/globals';
import { FakeClock } from './fake-clock.ts';

describe('FakeClock', () => {
  it('stands still until it is told to go on, and wakes sleepers in order', async () => {
    const clock = new FakeClock('2026-01-01T00:00:00.000Z');
    const woken: string[] = [];
    const sleep = (name: string, ms: number) => clock.sleep(ms).then(() => woken.push(name));
    const all = Promise.all([sleep('late', 200), sleep('early', 100)]);
    expect(clock.sleeping).toBe(2);
    clock.advance(99);
    expect(clock.sleeping).toBe(2);
    clock.advance(101);
    await all;
    expect(woken).toEqual(['early', 'late']);
    expect(clock.now()).toEqual(new Date('2026-01-01T00:00:00.200Z'));
  });

  it('lets a sleeper be woken by its signal', async () => {
    const clock = new FakeClock();
    const abort = new AbortController();
    const asleep = clock.sleep(1_000, abort.signal);
    abort.abort(new Error('enough'));
    await expect(asleep).rejects.toThrow('enough');
    expect(clock.sleeping).toBe(0);
  });

  it('moves the wall clock alone', () => {
    const clock = new FakeClock();
    clock.setWall('2030-01-01T00:00:00.000Z');
    expect(clock.now()).toEqual(new Date('2030-01-01T00:00:00.000Z'));
    expect(clock.monotonic()).toBe(0);
  });
});
