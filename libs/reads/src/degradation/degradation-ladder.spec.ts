import { describe, expect, it } from '@jest/globals';
import { FakeClock, RecordingLog, RecordingMeter } from '@umbra/testing';
import type { CallConditions } from './decide-rung.ts';
import { DegradationLadder } from './degradation-ladder.ts';

const everybody = { catalogue: true, eligibility: true, quote: true };
const fine: CallConditions = {
  state: 'normal',
  reason: null,
  until: null,
  left: 1,
  exhaustedInSeconds: null,
  admitted: everybody,
};

function ladderWith() {
  const clock = new FakeClock();
  const meter = new RecordingMeter();
  const signals = { calls: fine, shadow: true, cache: true };
  const answer = (there: boolean) => (there ? Promise.resolve() : Promise.reject(new Error('away')));
  const ladder = new DegradationLadder({
    calls: () => signals.calls,
    shadow: () => answer(signals.shadow),
    cache: () => answer(signals.cache),
    clock,
    log: new RecordingLog(),
    meter,
  });
  return { ladder, clock, meter, signals };
}

const catalogue = { area: 'catalog', readFor: 'catalogue' } as const;
const quote = { area: 'prices', readFor: 'quote' } as const;
const eligibility = { area: 'eligibility', readFor: 'catalogue' } as const;

describe('the degradation ladder', () => {
  it('believes in the loss of a source when it has failed twice, and in its return at once', async () => {
    const { clock, ladder, meter, signals } = ladderWith();
    signals.shadow = false;
    await ladder.watch();
    expect(ladder.report().rung).toBe('normal');
    await ladder.watch();
    expect(ladder.report()).toMatchObject({ rung: 'conserving', reason: 'shadow-away' });
    expect(meter.value('bff_reads_rung', { rung: 'conserving' })).toBe(1);
    signals.shadow = true;
    await ladder.watch();
    clock.advance(20_000);
    expect(ladder.report().rung).toBe('normal');
    expect(meter.value('bff_reads_rung', { rung: 'conserving' })).toBe(0);
  });

  it('follows the request queue without being told, and says until when', () => {
    const { clock, ladder, signals } = ladderWith();
    expect(ladder.rules(catalogue)).toMatchObject({ live: 'freely', lifeFactor: 1, refreshAhead: true });
    const until = new Date(clock.now().getTime() + 3_600_000);
    const admitted = { catalogue: false, eligibility: true, quote: true };
    signals.calls = { ...fine, state: 'limited', reason: 'reserve', until, left: 0.3, admitted };
    clock.advance(300);
    expect(ladder.rules(catalogue)).toMatchObject({ live: 'never', shadow: true, retryAt: until });
    expect(ladder.rules(quote)).toMatchObject({ live: 'freely' });
    expect(ladder.rules(eligibility)).toMatchObject({ live: 'freely' });
    const nobody = { catalogue: false, eligibility: false, quote: false };
    signals.calls = { ...fine, state: 'refused', reason: 'daily-limit', until, admitted: nobody };
    clock.advance(300);
    expect(ladder.rules(quote)).toMatchObject({ live: 'never', retryAt: until });
    expect(ladder.report()).toMatchObject({ rung: 'shadow-only', reason: 'daily-limit' });
  });
});
