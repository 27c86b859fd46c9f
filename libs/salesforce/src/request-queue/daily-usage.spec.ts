import { describe, expect, it } from '@jest/globals';
import { UmbraError, type SharedCounters } from '@umbra/domain';
import { FakeClock, RecordingLog, RecordingMeter } from '@umbra/testing';
import { DailyUsage, parseLimitInfo } from './daily-usage.ts';

const hourMs = 3_600_000;

class MemoryCounters implements SharedCounters {
  readonly values = new Map<string, number>();
  away = false;
  calls = 0;

  async add(name: string, by: number): Promise<number> {
    this.#check();
    this.values.set(name, (this.values.get(name) ?? 0) + by);
    return Promise.resolve(this.values.get(name) ?? 0);
  }

  async get(name: string): Promise<number> {
    this.#check();
    return Promise.resolve(this.values.get(name) ?? 0);
  }

  #check(): void {
    this.calls++;
    if (this.away) throw new UmbraError('QUEUE_UNAVAILABLE', 'away');
  }
}

function usageWith(counters?: SharedCounters): {
  usage: DailyUsage;
  clock: FakeClock;
  meter: RecordingMeter;
} {
  const clock = new FakeClock('2026-01-01T10:20:00Z');
  const meter = new RecordingMeter();
  const options = { clock, meter, log: new RecordingLog(), ...(counters === undefined ? {} : { counters }) };
  return { usage: new DailyUsage(options), clock, meter };
}

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

describe('DailyUsage', () => {
  it('shows what the org last told', () => {
    const { usage, meter } = usageWith();
    expect(usage.facts()).toMatchObject({ orgUsed: null, orgLimit: null });
    expect(usage.percent()).toBeNull();
    usage.noteHeader('api-usage=1234/5000');
    usage.noteHeader(undefined);
    expect(usage.facts()).toMatchObject({ orgUsed: 1234, orgLimit: 5000 });
    expect(usage.percent()).toBe(24.7);
    expect(meter.value('sf_api_daily_used', {})).toBe(1234);
    expect(meter.value('sf_api_daily_limit', {})).toBe(5000);
    expect(meter.value('sf_api_daily_usage_percent', {})).toBe(24.7);
  });

  it('counts our calls over a rolling day', () => {
    const { usage, clock } = usageWith();
    usage.noteCall();
    clock.advance(23 * hourMs);
    usage.noteCall();
    expect(usage.facts().ownUsed).toBe(2);
    clock.advance(2 * hourMs);
    expect(usage.facts().ownUsed).toBe(1);
    clock.advance(25 * hourMs);
    expect(usage.facts().ownUsed).toBe(0);
  });

  it('shares the count between processes, and across restarts', async () => {
    const counters = new MemoryCounters();
    const one = usageWith(counters).usage;
    const other = usageWith(counters).usage;
    for (let call = 0; call < 5; call++) one.noteCall();
    await one.share();
    other.noteCall();
    await other.share();
    expect(other.facts().ownUsed).toBe(6);
    const restarted = usageWith(counters).usage;
    await restarted.share();
    restarted.noteCall();
    await restarted.share();
    expect(restarted.facts().ownUsed).toBe(7);
  });

  it('reads the hours before this one once', async () => {
    const counters = new MemoryCounters();
    const { usage, clock } = usageWith(counters);
    counters.values.set(`sf-api-calls.${Math.floor(clock.now().getTime() / hourMs) - 3}`, 40);
    usage.noteCall();
    await usage.share();
    expect(usage.facts().ownUsed).toBe(41);
    const before = counters.calls;
    usage.noteCall();
    await usage.share();
    expect(counters.calls).toBe(before + 1);
  });

  it('goes on by itself while the counters are away, and hands over what it counted', async () => {
    const counters = new MemoryCounters();
    const { usage } = usageWith(counters);
    counters.away = true;
    usage.noteCall();
    await usage.share();
    usage.noteCall();
    expect(usage.facts().ownUsed).toBe(2);
    counters.away = false;
    await usage.share();
    expect([...counters.values.values()]).toEqual([2]);
    expect(usage.facts().ownUsed).toBe(2);
  });

  it('an allocation that is used up closes until a probe, and opens when the window has moved on', () => {
    const { usage, clock } = usageWith();
    usage.noteExhausted();
    const first = usage.facts().exhaustedUntil;
    expect(first).toEqual(new Date('2026-01-01T10:25:00Z'));
    clock.advance(5 * 60_000);
    usage.noteProbe();
    expect(usage.facts().exhaustedUntil).toEqual(new Date('2026-01-01T10:30:00Z'));
    usage.noteOrg({ used: 5000, limit: 5000 });
    expect(usage.facts().exhaustedUntil).not.toBeNull();
    usage.noteOrg({ used: 4999, limit: 5000 });
    expect(usage.facts().exhaustedUntil).toBeNull();
  });

  it('a limit reached by others closes too, before any call is refused', () => {
    const { usage } = usageWith();
    usage.noteOrg({ used: 5001, limit: 5000 });
    expect(usage.facts().exhaustedUntil).not.toBeNull();
  });
});
