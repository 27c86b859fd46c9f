import { describe, expect, it } from '@jest/globals';
import { UmbraError } from '@umbra/domain';
import { FakeClock, RecordingLog } from '@umbra/testing';
import { AdaptiveLimit } from './adaptive-limit.ts';
import { LongCalls } from './long-calls.ts';

const tooMany = new UmbraError('SF_CONCURRENT_LIMIT', 'too many');

describe('the concurrency of a lane', () => {
  it('is halved when Salesforce asks for less, and grows by one for each round that went well', () => {
    const clock = new FakeClock();
    const limit = new AdaptiveLimit(8, clock);
    limit.note(tooMany, 0.5);
    // Said by calls that were under way together, it counts once.
    limit.note(tooMany, 0.5);
    expect(limit.concurrency).toBe(4);
    expect(limit.pauseMs).toBeGreaterThan(0);
    expect(limit.pausedUntil).not.toBeNull();
    clock.advance(60_000);
    expect(limit.pausedUntil).toBeNull();
    for (let call = 0; call < 4; call++) limit.note(undefined, 0);
    expect(limit.concurrency).toBe(5);
    for (let call = 0; call < 100; call++) limit.note(undefined, 0);
    expect(limit.concurrency).toBe(8);
  });

  it('fault-27: refusals in a row lengthen the pause, so that no storm comes of them', () => {
    const clock = new FakeClock();
    const limit = new AdaptiveLimit(5, clock);
    const pauses: number[] = [];
    for (let refusal = 0; refusal < 9; refusal++) {
      limit.note(tooMany, 0);
      pauses.push(limit.pauseMs);
      clock.advance(limit.pauseMs);
    }
    expect(limit.concurrency).toBe(1);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(pauses.at(-1)).toBe(15_000);
  });

  it('waits as long as it is told to, within reason, and minds nothing else', () => {
    const clock = new FakeClock();
    const limit = new AdaptiveLimit(8, clock);
    limit.note(new UmbraError('SF_UNAVAILABLE', 'away'), 0);
    expect(limit.concurrency).toBe(8);
    const retryAt = new Date(clock.now().getTime() + 20_000);
    limit.note(new UmbraError('SF_THROTTLED', 'slower', { retryAt }), 0);
    expect(limit.pauseMs).toBe(20_000);
  });
});

describe('places of long calls', () => {
  it('are a part of them per process while Redis is away', async () => {
    const away = new UmbraError('QUEUE_UNAVAILABLE', 'away');
    const clock = new FakeClock();
    const calls = new LongCalls({
      limit: 5,
      slots: { take: () => Promise.reject(away), leave: () => Promise.reject(away) },
      processes: () => 2,
      clock,
      log: new RecordingLog(),
    });
    const giveUp = new AbortController();
    const leave = await calls.enter(giveUp.signal);
    await calls.enter(giveUp.signal);
    const third = calls.enter(giveUp.signal);
    const settled = third.then(() => 'entered');
    while (clock.sleeping === 0) await Promise.resolve();
    await leave();
    clock.advance(250);
    await expect(settled).resolves.toBe('entered');
  });
});
