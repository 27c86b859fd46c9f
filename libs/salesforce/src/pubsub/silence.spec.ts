import { describe, expect, it } from '@jest/globals';
import { Silence } from './silence.ts';

const bounds = { shortest: 120_000, longest: 300_000 };

describe('silence of a stream', () => {
  it('allows the longest wait until the server has shown its rhythm', () => {
    expect(new Silence(bounds, 1000).deadline).toBe(301_000);
  });

  it.each([
    [10_000, 120_000],
    [60_000, 120_000],
    [100_000, 200_000],
    [270_000, 300_000],
  ])('keep-alives every %d ms allow %d ms', (interval, allowed) => {
    const silence = new Silence(bounds, 0);
    silence.heard(interval, true);
    expect(silence.deadline).toBe(interval + allowed);
  });

  it('every message counts, but only keep-alives tell the rhythm', () => {
    const silence = new Silence(bounds, 0);
    silence.heard(100_000, true);
    silence.heard(100_005, false);
    expect(silence.deadline).toBe(300_005);
  });
});
