import { describe, expect, it } from '@jest/globals';
import type { Clock } from '@umbra/domain';
import { Readiness } from './readiness.ts';

function handClock(): Clock & { forward(ms: number): void } {
  let now = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  return {
    now: () => new Date(now),
    monotonic: () => now,
    sleep: (ms) => new Promise((wake) => void sleepers.push({ at: now + ms, wake })),
    forward(ms) {
      now += ms;
      for (const sleeper of sleepers) if (sleeper.at <= now) sleeper.wake();
    },
  };
}

describe('Readiness', () => {
  const anyPart = (parts: Readonly<Record<string, string>>): boolean => Object.values(parts).includes('up');

  it('tells ready, degraded and not ready apart', async () => {
    const clock = handClock();
    const up = { store: true, queue: true };
    const readiness = new Readiness({
      clock,
      verdict: anyPart,
      checks: {
        store: () => Promise.resolve(up.store),
        queue: () => (up.queue ? Promise.resolve(true) : Promise.reject(new Error('gone'))),
      },
    });
    const status = async (): Promise<string> => {
      clock.forward(1_000);
      return (await readiness.report()).status;
    };
    expect(await status()).toBe('ready');
    up.queue = false;
    expect(await status()).toBe('degraded');
    up.store = false;
    expect(await status()).toBe('not-ready');
    up.store = up.queue = true;
    readiness.drain();
    expect(await status()).toBe('not-ready');
    expect((await readiness.report()).draining).toBe(true);
  });

  it('asks once per second however often it is asked', async () => {
    const clock = handClock();
    let asked = 0;
    const readiness = new Readiness({
      clock,
      verdict: () => true,
      checks: { store: () => Promise.resolve(++asked > 0) },
    });
    await Promise.all(Array.from({ length: 50 }, () => readiness.report()));
    clock.forward(999);
    await readiness.report();
    expect(asked).toBe(1);
    clock.forward(1);
    await readiness.report();
    expect(asked).toBe(2);
  });

  it('counts a check that hangs as down', async () => {
    const clock = handClock();
    const readiness = new Readiness({
      clock,
      verdict: anyPart,
      checks: { store: () => new Promise<boolean>(() => undefined) },
    });
    const report = readiness.report();
    clock.forward(1_000);
    expect(await report).toEqual({ status: 'not-ready', draining: false, parts: { store: 'down' } });
  });
});
