import { describe, expect, it } from '@jest/globals';
import { UmbraError, type Clock, type Log } from '@umbra/domain';
import { StartChecks } from './start-checks.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

function setup(...outcomes: readonly (() => Promise<void>)[]) {
  const pauses: number[] = [];
  const controller = new AbortController();
  const clock: Clock = {
    now: () => new Date(),
    monotonic: () => 0,
    sleep: (ms, signal) => {
      signal?.throwIfAborted();
      pauses.push(ms);
      return Promise.resolve();
    },
  };
  const checks = outcomes.map((run, at) => ({ name: `check-${at}`, run }));
  return {
    pauses,
    controller,
    checks: new StartChecks({ checks, clock, log: silent, signal: controller.signal }),
  };
}

describe('StartChecks', () => {
  it('throws what is wrong for good', async () => {
    const { checks } = setup(() => Promise.reject(new UmbraError('QUEUE_EVICTION_POLICY', 'allkeys-lru')));
    await expect(checks.round()).rejects.toMatchObject({ code: 'QUEUE_EVICTION_POLICY' });
  });

  it('repeats only what did not answer, with growing pauses, until it passes', async () => {
    let first = 0;
    let second = 0;
    const { checks, pauses } = setup(
      () => Promise.resolve(void first++),
      () =>
        ++second < 8 ? Promise.reject(new UmbraError('STORE_UNAVAILABLE', 'no answer')) : Promise.resolve(),
    );
    expect(await checks.round()).toBe(false);
    expect([checks.passed('check-0'), checks.passed('check-1')]).toEqual([true, false]);
    expect(await checks.untilPassed()).toBe(true);
    expect(checks.allPassed).toBe(true);
    expect([first, second]).toEqual([1, 8]);
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  it('ends with the process', async () => {
    const { checks, controller } = setup(() => Promise.reject(new UmbraError('STORE_UNAVAILABLE', '')));
    await checks.round();
    controller.abort();
    expect(await checks.untilPassed()).toBe(false);
  });
});
