import { describe, expect, it } from '@jest/globals';
import { OrgUsage, parseLimitInfo } from './org-usage.ts';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));

describe('Sforce-Limit-Info', () => {
  it.each([
    ['api-usage=18/5000', { used: 18, limit: 5000 }],
    ['api-usage=18/5000; per-app-api-usage=17/250(appName=x)', { used: 18, limit: 5000 }],
    ['per-app-api-usage=17/250(appName=x); api-usage=18/5000', { used: 18, limit: 5000 }],
    ['per-app-api-usage=17/250(appName=x)', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s', (header, info) => {
    expect(parseLimitInfo(header)).toEqual(info);
  });
});

describe('what is known of the org', () => {
  it('is nothing before the first answer, then what was told and what we did since', () => {
    const usage = new OrgUsage();
    expect(usage.now(0, 5)).toBeNull();
    expect(usage.age(0)).toBe(Number.POSITIVE_INFINITY);
    usage.note({ used: 100, limit: 1_000 }, at(0), 0, 40);
    expect(usage.now(60_000, 45)).toEqual({ used: 105, limit: 1_000 });
    expect(usage.age(60_000)).toBe(60_000);
  });

  it('sees a rival coming between two answers, and does not guess for ever', () => {
    const usage = new OrgUsage();
    // Ours grow by 1 each 10 s, the others by 9.
    for (let n = 0; n <= 10; n++)
      usage.note({ used: 100 + 10 * n, limit: 10_000 }, at(n * 10), n * 10_000, n);
    expect(usage.now(160_000, 16)?.used).toBe(200 + 6 + 54);
    const tenMinutes = usage.now(100_000 + 600_000, 10)?.used;
    expect(usage.now(100_000 + 6_000_000, 10)?.used).toBe(tenMinutes);
    const left = usage.untilExhausted(100_000) ?? 0;
    expect(left).toBeGreaterThan(9_800_000 * 0.9);
    expect(left).toBeLessThan(9_800_000 * 1.1);
  });

  it('takes a refusal for "nothing left" until something newer is told', () => {
    const usage = new OrgUsage();
    usage.noteRefused(at(5));
    expect(usage.now(0, 0)).toEqual({ used: 1, limit: 1 });
    usage.note({ used: 900, limit: 1_000 }, at(6), 0, 0);
    usage.noteRefused(at(7));
    expect(usage.now(0, 0)).toEqual({ used: 1_000, limit: 1_000 });
    usage.note({ used: 900, limit: 1_000 }, at(8), 0, 0);
    expect(usage.now(0, 0)).toEqual({ used: 900, limit: 1_000 });
  });

  it('adopts what another process heard if it is newer', () => {
    const usage = new OrgUsage();
    usage.note({ used: 500, limit: 1_000 }, at(10), 0, 0);
    usage.adopt({ used: 400, limit: 1_000, toldAt: at(9), refusedAt: null }, 0, 0);
    expect(usage.now(0, 0)?.used).toBe(500);
    usage.adopt({ used: 600, limit: 1_000, toldAt: at(10), refusedAt: at(11) }, 0, 0);
    expect(usage.now(0, 0)?.used).toBe(1_000);
  });
});
