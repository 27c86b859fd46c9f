import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@umbra/testing';
import { ShadowPatience } from './shadow-patience.ts';

describe('patience with the shadow', () => {
  const tooSlow = { code: 'STORE_UNAVAILABLE' };

  it('hands on answers and failures, and leaves nothing waiting', async () => {
    const clock = new FakeClock();
    const patience = new ShadowPatience(clock);
    expect(await patience.within(() => Promise.resolve(1))).toBe(1);
    await expect(patience.within(() => Promise.reject(new TypeError('defect')))).rejects.toThrow('defect');
    expect(clock.sleeping).toBe(0);
  });

  it('one reader waits two seconds in vain, the others go on at once, and a second later one looks again', async () => {
    const clock = new FakeClock();
    const patience = new ShadowPatience(clock);
    const silent = (): Promise<number> => new Promise(() => undefined);
    const first = patience.within(silent);
    clock.advance(2_000);
    await expect(first).rejects.toMatchObject(tooSlow);
    let asked = 0;
    const counted = (): Promise<number> => Promise.resolve((asked += 1));
    await expect(patience.within(counted)).rejects.toMatchObject(tooSlow);
    expect(asked).toBe(0);
    clock.advance(1_000);
    expect(await patience.within(counted)).toBe(1);
  });
});
