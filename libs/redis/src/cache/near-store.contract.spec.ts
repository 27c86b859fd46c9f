import { describe, expect, it } from '@jest/globals';
import { FakeClock, nearCacheContract } from '@umbra/testing';
import { NearStore } from './near-store.ts';

nearCacheContract('in front of Redis', () => {
  const clock = new FakeClock();
  const near = new NearStore({ clock });
  let inTouch = true;
  near.heardUntil(clock.monotonic());
  return {
    near,
    invalidated: (scopes) => near.invalidated(scopes),
    outOfTouch: () => void (inTouch = false),
    missed: () => near.missed(),
    advance: (ms) => {
      clock.advance(ms);
      if (inTouch) near.heardUntil(clock.monotonic());
    },
  };
});

describe('near store', () => {
  it('takes no more memory than it may, and forgets the scopes of what it dropped', () => {
    const near = new NearStore({ clock: new FakeClock(), maxBytes: 10_000 });
    near.heardUntil(0);
    for (let at = 0; at < 1_000; at += 1) {
      const kept = { value: { at }, scopes: [`catalog:${at}`], lifeMs: 60_000, bytes: 1_000 };
      near.keep(`key ${at}`, kept, near.mark());
    }
    expect(near.size).toBe(10);
    expect(near.keep('large', { value: {}, scopes: [], lifeMs: 1_000, bytes: 20_000 }, near.mark())).toBe(
      false,
    );
    near.invalidated(Array.from({ length: 1_000 }, (_, at) => `catalog:${at}`));
    expect(near.size).toBe(0);
  });

  it('refuses an old load rather than remember every scope for ever', () => {
    const near = new NearStore({ clock: new FakeClock() });
    const mark = near.mark();
    for (let at = 0; at < 50_100; at += 100)
      near.invalidated(Array.from({ length: 100 }, (_, of) => `catalog:${at + of}`));
    const kept = { value: {}, scopes: ['catalog:0'], lifeMs: 1_000, bytes: 1 };
    expect(near.keep('a', kept, mark)).toBe(false);
    expect(near.keep('a', kept, near.mark())).toBe(true);
  });
});
