import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@umbra/testing';
import { SourceClock } from './source-clock.ts';

const MINUTE = 60_000;

function observed(clock: FakeClock, offsetMs: number): SourceClock {
  const source = new SourceClock(clock);
  for (let n = 0; n < 5; n++) {
    clock.advance(700);
    source.note(new Date(clock.now().getTime() + offsetMs).toUTCString());
  }
  return source;
}

describe('the clock of the source', () => {
  it.each([10 * MINUTE, -10 * MINUTE, 0])(
    'is known with an offset of %d ms, never later than it is',
    (offset) => {
      const clock = new FakeClock();
      const source = observed(clock, offset);
      clock.advance(30 * MINUTE);
      const behind = clock.now().getTime() + offset - source.timeOf(clock.now()).getTime();
      expect(behind).toBeGreaterThanOrEqual(1_000);
      expect(behind).toBeLessThanOrEqual(2_000);
      const earlier = new Date(clock.now().getTime() - 5_000);
      expect(source.timeOf(earlier).getTime()).toBe(source.timeOf(clock.now()).getTime() - 5_000);
    },
  );

  it('does not follow a step of our own', () => {
    const clock = new FakeClock();
    const source = observed(clock, 0);
    const before = source.timeOf(clock.now()).getTime();
    let step = 0;
    const stepped = { monotonic: () => clock.monotonic(), now: () => new Date(clock.now().getTime() + step) };
    const other = new SourceClock(stepped);
    other.note(clock.now().toUTCString());
    step = 60 * MINUTE;
    expect(other.timeOf(stepped.now()).getTime()).toBeLessThanOrEqual(before + 2_000);
  });

  it('is not moved by one answer with a wrong date, nor by one without', () => {
    const clock = new FakeClock();
    const source = observed(clock, 0);
    const before = source.timeOf(clock.now()).getTime();
    source.note('Thu, 01 Jan 2099 00:00:00 GMT');
    source.note(undefined);
    source.note('yesterday');
    expect(Math.abs(source.timeOf(clock.now()).getTime() - before)).toBeLessThanOrEqual(1_000);
  });

  it('is ours before the first answer', () => {
    const clock = new FakeClock();
    expect(new SourceClock(clock).timeOf(clock.now())).toEqual(clock.now());
  });
});
