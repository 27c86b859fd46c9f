import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@umbra/testing';
import { AdmissionLimit } from './admission-limit.ts';

describe('the number of requests that may be under way', () => {
  function limitOf() {
    const clock = new FakeClock();
    const load = { busy: 0, answered: 0, refused: 0 };
    const limit = new AdmissionLimit({ clock, busy: () => load.busy });
    const look = (): number => {
      for (let at = 0; at < load.answered; at += 1) limit.ended();
      for (let at = 0; at < load.refused; at += 1) limit.refused();
      clock.advance(100);
      return limit.now;
    };
    return { limit, load, look };
  }

  it('is large while the process has time, however slowly its stores answer', () => {
    const { limit, load, look } = limitOf();
    expect(limit.now).toBe(256);
    load.answered = 0;
    load.busy = 0.5;
    expect(look()).toBe(256);
  });

  it('is what a late process answers in three hundredths of a second', () => {
    const { load, look } = limitOf();
    load.busy = 1;
    load.answered = 200; // in a tenth of a second
    expect(look()).toBe(60);
    load.answered = 150;
    expect(look()).toBe(45);
    load.answered = 1_000;
    expect(look()).toBe(256);
    load.answered = 0;
    expect(look()).toBe(32);
  });

  it('is halved with each look while a crowd is refused, and grows once that leaves time', () => {
    const { load, look } = limitOf();
    Object.assign(load, { busy: 1, answered: 200, refused: 600 });
    expect(look()).toBe(60);
    load.refused = 601;
    expect([look(), look(), look()]).toEqual([30, 15, 7]);
    load.busy = 0.8;
    expect([look(), look(), look()]).toEqual([3, 2, 2]);
    load.busy = 0.7;
    expect([look(), look(), look()]).toEqual([3, 5, 8]);
    Object.assign(load, { busy: 1, refused: 0 });
    expect(look()).toBe(60);
  });

  it('grows back step by step once the process keeps up', () => {
    const { load, look } = limitOf();
    load.busy = 1;
    expect(look()).toBe(32);
    load.busy = 0.3;
    expect([look(), look(), look()]).toEqual([48, 72, 108]);
    for (let at = 0; at < 10; at += 1) look();
    expect(look()).toBe(256);
  });

  it('tells a process that works from one that waits', async () => {
    const clock = new FakeClock();
    const limit = new AdmissionLimit({ clock });
    const until = performance.now() + 100;
    await new Promise((resolve) => setImmediate(resolve));
    while (performance.now() < until);
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(100);
    expect(limit.now).toBe(32);
  });
});
