import { describe, expect, it } from '@jest/globals';
import { FakeClock, RecordingLog } from '@umbra/testing';
import { LoopWatch } from './loop-watch.ts';

/** Lets everything that is due run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function watch(confirm: () => Promise<boolean>) {
  const clock = new FakeClock();
  const log = new RecordingLog();
  return { clock, log, loop: new LoopWatch({ blockedMs: 10_000, confirm, clock, log }) };
}

async function tick(clock: FakeClock, ms: number): Promise<void> {
  await settle();
  clock.advance(ms);
  await settle();
}

describe('the watch over the event loop', () => {
  it('trusts a loop that turns', async () => {
    const { clock, log, loop } = watch(() => Promise.reject(new Error('nobody is to ask')));
    for (let i = 0; i < 30; i++) await tick(clock, 1_000);
    await tick(clock, 5_000);
    expect(loop.trusted).toBe(true);
    expect(log.lines).toEqual([]);
    await loop.stop();
  });

  it('trusts nothing after a block until the database has confirmed what we own', async () => {
    const answers = [() => Promise.reject(new Error('away')), () => Promise.resolve(false)];
    const { clock, log, loop } = watch(() => answers.shift()?.() ?? Promise.resolve(true));
    await tick(clock, 45_000);
    expect(loop.trusted).toBe(false);
    await tick(clock, 1_000);
    expect(loop.trusted).toBe(false);
    await tick(clock, 1_000);
    expect(loop.trusted).toBe(true);
    expect(log.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message)).toEqual([
      'event loop stood still',
      'leases and lanes confirmed',
    ]);
    await loop.stop();
  });

  it('is red for whoever asks before its own next tick', async () => {
    const { clock, loop } = watch(() => Promise.resolve(true));
    await settle();
    clock.advance(45_000);
    expect(loop.trusted).toBe(false);
    await settle();
    expect(loop.trusted).toBe(true);
    await loop.stop();
  });
});
