import { beforeEach, describe, expect, it } from '@jest/globals';
import { hourMs, UmbraError, type HourCalls } from '@umbra/domain';
import { FakeClock, RecordingLog, RecordingMeter } from '@umbra/testing';
import { AllocationWatch } from './allocation-watch.ts';
import { Governor } from './governor.ts';

const minuteMs = 60_000;

let clock: FakeClock;
let log: RecordingLog;
let meter: RecordingMeter;
/** What `/limits` would say. */
let org: { used: number; limit: number; deliveredLeft: number; away: boolean };
/** Times of the questions, in hours since the process began. */
let asked: number[];
/** Calls of the fleet in this hour, as its ledger has them. */
let spent: number;
let governor: Governor;
let watch: AllocationWatch;

beforeEach(() => {
  clock = new FakeClock('2026-01-01T00:00:00Z');
  log = new RecordingLog();
  meter = new RecordingMeter();
  org = { used: 0, limit: 100_000, deliveredLeft: 50_000, away: false };
  asked = [];
  spent = 0;
  const ledger = {
    exchange: () => Promise.resolve({ now: clock.now(), hours: [spentNow()], processes: 1, told: null }),
    claimProbe: () => Promise.resolve(true),
  };
  governor = new Governor({ clock, log, meter, process: 'process', dailySharePercent: 80, ledger });
  watch = new AllocationWatch({
    governor,
    clock,
    meter,
    log,
    ask: () => {
      asked.push(clock.monotonic() / hourMs);
      if (org.away) return Promise.reject(new UmbraError('SF_UNAVAILABLE', 'away'));
      governor.noteOrg(org);
      return Promise.resolve({
        apiRequests: { max: org.limit, remaining: org.limit - org.used },
        bulkQueryJobs: { max: 10_000, remaining: 9_000 },
        bulkQueryStorageMb: null,
        deliveredEvents: { max: 50_000, remaining: org.deliveredLeft },
      });
    },
  });
});

function spentNow(): HourCalls {
  return { hour: Math.floor(clock.now().getTime() / hourMs), calls: { quote: spent } };
}

/** Lets the process live on, as often as it looks. @param hears whether calls are answered meanwhile */
async function live(hours: number, { hears }: { readonly hears: boolean }): Promise<void> {
  for (const until = clock.monotonic() + hours * hourMs; clock.monotonic() < until;) {
    clock.advance(minuteMs / 2);
    if (hears) governor.noteOrg(org);
    await watch.look();
  }
}

const gaps = (): number[] => asked.slice(1).map((at, before) => at - (asked[before] ?? 0));

describe('what is left of the allocations', () => {
  it('is never asked of an org that nobody has called yet', async () => {
    await live(24, { hears: false });
    expect(asked).toEqual([]);
    expect(watch.seen).toBeNull();
  });

  it('is asked every six hours while the answers to other calls tell the budget: they tell no other', async () => {
    governor.noteOrg(org);
    await live(24.1, { hears: true });
    expect(asked).toEqual([6, 12, 18, 24]);
    expect(watch.seen).toMatchObject({ bulkQueryStorageMb: null, deliveredEvents: { remaining: 50_000 } });
  });

  it('is asked every three hours where nothing else is heard', async () => {
    governor.noteOrg(org);
    await live(12.1, { hears: false });
    expect(asked).toEqual([3, 6, 9, 12]);
  });

  it.each([
    { part: 0.3, minutes: 180 },
    { part: 0.6, minutes: 5 },
    { part: 0.8, minutes: 1 },
    // What is refused brings no answers that would tell of more.
    { part: 1, minutes: 1 },
  ])('is asked every $minutes minutes once $part of our share is gone', async ({ part, minutes }) => {
    org.limit = 200_000;
    governor.noteOrg(org);
    spent = org.used = part * 160_000;
    await governor.settle();
    governor.noteOrg(org);
    await live(7, { hears: false });
    expect(gaps().length).toBeGreaterThan(0);
    for (const gap of gaps()) expect(gap * 60).toBeCloseTo(minutes, 6);
  });

  it('costs a hundredth of our share at most, however small it is', async () => {
    org = { ...org, limit: 1_000, used: 900 };
    governor.noteOrg(org);
    await live(48, { hears: false });
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.length).toBeLessThanOrEqual((2 * 800) / 100);
  });

  it('is asked again in its time when it cannot be read, which is told to nobody but debuggers', async () => {
    org.away = true;
    governor.noteOrg(org);
    await live(9.1, { hears: false });
    expect(asked).toEqual([3, 6, 9]);
    expect(watch.seen).toBeNull();
    expect(new Set(log.lines.map(({ level }) => level))).toEqual(new Set(['debug']));
  });

  it('is measured, and warned of once each time it runs short', async () => {
    governor.noteOrg(org);
    const warnings = (): number => log.lines.filter(({ level }) => level === 'warn').length;
    const left = (): number =>
      meter.value('sf_api_allocation_left_percent', { allocation: 'deliveredEvents' });
    await live(3.1, { hears: false });
    expect([left(), warnings()]).toEqual([100, 0]);
    org.deliveredLeft = 4_000;
    await live(9, { hears: false });
    expect([left(), warnings()]).toEqual([8, 1]);
    org.deliveredLeft = 50_000;
    await live(3, { hears: false });
    org.deliveredLeft = 0;
    await live(3, { hears: false });
    expect([left(), warnings()]).toEqual([0, 2]);
  });
});
