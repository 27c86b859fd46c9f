import { describe, expect, it } from '@jest/globals';
import { CallLimits } from './call-limits.ts';
import { knobsWith } from './knob-rules.ts';
import type { Knobs } from './knobs.ts';
import type { CallStart } from './limits.ts';
import { VirtualClock } from './virtual-clock.ts';

const query: CallStart = { route: 'query', class: 'query', client: 'umbra', counted: true };

function limitsWith(patch: Partial<Knobs>): {
  limits: CallLimits;
  clock: VirtualClock;
  set: (patch: Partial<Knobs>) => void;
} {
  let knobs = knobsWith(patch);
  const clock = new VirtualClock(() => 1_000_000);
  return {
    limits: new CallLimits(clock, () => knobs),
    clock,
    set: (more) => (knobs = knobsWith(more, knobs)),
  };
}

describe('the daily allocation', () => {
  it('rolls over 24 hours, refuses beyond, and says so in every answer', () => {
    const { limits, clock } = limitsWith({
      dailyLimit: 3,
      limitInfoSuffix: '; per-app-api-usage=1/250(appName=x)',
    });
    for (let i = 0; i < 3; i++) {
      expect(limits.begin(query).refused).toBeUndefined();
      clock.advance(3_600_000);
    }
    expect(limits.limitInfo()).toBe('api-usage=3/3; per-app-api-usage=1/250(appName=x)');
    const refused = limits.begin(query);
    expect(refused.refused).toMatchObject({
      status: 403,
      errorCode: 'REQUEST_LIMIT_EXCEEDED',
      message: 'TotalRequests Limit exceeded.',
    });
    refused.end(403);
    expect(limits.begin({ ...query, route: 'token', class: 'auth', counted: false }).refused).toBeUndefined();
    clock.advance(21.1 * 3_600_000);
    expect(limits.dailyUsed()).toBe(2);
    expect(limits.begin(query).refused).toBeUndefined();
    expect(limits.counters().limitErrors).toBe(1);
  });

  it('can be used up by others, and ages like any use', () => {
    const { limits, clock } = limitsWith({ dailyLimit: 1_000 });
    limits.setDailyUsed(999);
    expect(limits.begin(query).refused).toBeUndefined();
    expect(limits.begin(query).refused).toBeDefined();
    expect(limits.map()['DailyApiRequests']).toEqual({ Max: 1_000, Remaining: 0 });
    clock.advance(24.1 * 3_600_000);
    expect(limits.dailyUsed()).toBe(0);
  });

  it('shows an older state in /limits by knob', () => {
    const { limits, clock, set } = limitsWith({ limitsLag: 300 });
    limits.begin(query).end(200);
    expect(limits.map()['DailyApiRequests']?.Remaining).toBe(150_000);
    clock.advance(360_000);
    expect(limits.map()['DailyApiRequests']?.Remaining).toBe(149_999);
    set({ dailyBatchKey: 'DailyBulkApiRequests' });
    expect(Object.keys(limits.map())).toContain('DailyBulkApiRequests');
  });
});

describe('long calls', () => {
  it('count from the twentieth second, with those of others', () => {
    const { limits, clock, set } = limitsWith({ longCallsLimit: 2 });
    const first = limits.begin(query);
    clock.advance(25_000);
    expect(limits.begin(query).refused).toBeUndefined();
    set({ longCallsTaken: 1 });
    expect(limits.begin(query).refused?.message).toContain('ConcurrentRequests');
    first.end(200, 10);
    expect(limits.begin(query).refused).toBeUndefined();
    expect(limits.counters()).toMatchObject({ longCallsPeak: 1, longCallsNow: 0, withoutClient: 0 });
  });
});

describe('counters', () => {
  it('split by route, class and client, and tell calls without a client', () => {
    const { limits } = limitsWith({});
    limits.begin(query).end(200, 100);
    limits.begin({ ...query, client: undefined }).end(500, 5);
    expect(limits.counters().calls).toEqual([
      { route: 'query', class: 'query', client: 'umbra', calls: 1, refused: 0, errors: 0, bytesOut: 100 },
      { route: 'query', class: 'query', client: null, calls: 1, refused: 0, errors: 1, bytesOut: 5 },
    ]);
    limits.begin({ ...query, client: 'other' }).end(200);
    expect(limits.counters()).toMatchObject({ withoutClient: 1, withoutUmbra: 2 });
    limits.resetCounters();
    expect(limits.counters().calls).toEqual([]);
  });

  it('hold the Bulk quotas', () => {
    const { limits } = limitsWith({ bulkJobsPerDay: 2, bulkStoragePerDayMb: 1 });
    expect(limits.beginBulkJob()).toBeUndefined();
    limits.addBulkBytes(1024 * 1024);
    expect(limits.beginBulkJob()?.message).toContain('Max bulk v2 query result size stored (1024) kb');
    const fresh = limitsWith({ bulkJobsPerDay: 0 }).limits;
    expect(fresh.beginBulkJob()).toMatchObject({
      errorCode: 'LIMIT_EXCEEDED',
      message: 'Max bulk v2 query jobs (0) per 24 hrs has been reached',
    });
  });
});
