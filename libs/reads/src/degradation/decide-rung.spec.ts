import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  nextState,
  wantedRung,
  type CallConditions,
  type LadderSignals,
  type LadderState,
} from './decide-rung.ts';
import { rungRules, rungs } from './rungs.ts';

const start = new Date('2026-01-01T00:00:00Z');
const until = new Date('2026-01-01T00:10:00Z');
const after = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);

function calls(changes: Partial<CallConditions> = {}): CallConditions {
  return {
    state: 'normal',
    reason: null,
    until: null,
    left: 1,
    exhaustedInSeconds: null,
    admitted: { catalogue: true, eligibility: true, quote: true },
    ...changes,
  };
}

const fine: LadderSignals = { calls: calls(), shadow: true, cache: true };
const nobody = { catalogue: false, eligibility: false, quote: false };
const down = calls({ state: 'refused', reason: 'breaker-open', until, admitted: nobody });
const normal: LadderState = { rung: 'normal', reason: null, since: start, until: null, betterSince: null };

describe('the rung that the signals call for', () => {
  it.each<[string, Partial<LadderSignals>, string, string | null]>([
    ['all is well', {}, 'normal', null],
    ['the allocation is unknown', { calls: calls({ left: null }) }, 'normal', null],
    ['little is left', { calls: calls({ left: 0.2 }) }, 'conserving', 'budget-low'],
    ['it will be gone soon', { calls: calls({ exhaustedInSeconds: 600 }) }, 'conserving', 'exhaustion-near'],
    ['it will be gone some day', { calls: calls({ exhaustedInSeconds: 90_000 }) }, 'normal', null],
    ['slowed', { calls: calls({ state: 'limited', reason: 'throttled' }) }, 'conserving', 'throttled'],
    ['only backfills are refused', { calls: calls({ state: 'limited', reason: 'reserve' }) }, 'normal', null],
    [
      'the catalogue is refused',
      {
        calls: calls({
          state: 'limited',
          reason: 'reserve',
          left: 0.4,
          admitted: { ...nobody, quote: true },
        }),
      },
      'shadow-only',
      'reserve',
    ],
    ['Salesforce is down', { calls: down }, 'shadow-only', 'breaker-open'],
    ['Salesforce and cache are down', { calls: down, cache: false }, 'shadow-only', 'breaker-open'],
    ['the database is down', { shadow: false }, 'conserving', 'shadow-away'],
    ['both are down', { calls: down, shadow: false }, 'cache-only', 'shadow-away'],
    ['all three are down', { calls: down, shadow: false, cache: false }, 'refuse', 'shadow-away'],
    ['the cache is down', { cache: false }, 'conserving', 'cache-away'],
    ['cache and database are down', { cache: false, shadow: false }, 'conserving', 'shadow-away'],
  ])('%s', (_what, changes, rung, reason) => {
    expect(wantedRung({ ...fine, ...changes }, 'normal')).toMatchObject({ rung, reason });
  });

  it('lets only who has a reserve ask Salesforce once the catalogue may not', () => {
    expect(rungRules['shadow-only'].live).toEqual({
      catalogue: 'never',
      eligibility: 'freely',
      quote: 'freely',
    });
    for (const rung of ['cache-only', 'refuse'] as const)
      expect(new Set(Object.values(rungRules[rung].live))).toEqual(new Set(['never']));
  });
});

describe('moving on the ladder', () => {
  it('goes down at once, with reason and end, and up by way of conserving', () => {
    const bottom = nextState(normal, { calls: down, shadow: false, cache: false }, after(1));
    expect(bottom).toMatchObject({ rung: 'refuse', since: after(1), until });
    const back = nextState(bottom, fine, after(2));
    expect(back).toMatchObject({ rung: 'conserving', betterSince: after(2) });
    expect(nextState(back, fine, after(10)).rung).toBe('conserving');
    expect(nextState(back, fine, after(17))).toMatchObject({
      rung: 'normal',
      reason: null,
      since: after(17),
    });
  });

  it('begins the calm time anew when the cause comes back', () => {
    const first = nextState(nextState(normal, { ...fine, shadow: false }, after(0)), fine, after(1));
    const again = nextState(first, { ...fine, shadow: false }, after(12));
    expect(nextState(nextState(again, fine, after(13)), fine, after(20)).rung).toBe('conserving');
  });

  it('does not follow a budget that hovers around its bound', () => {
    let state = normal;
    let moves = 0;
    for (let second = 0; second < 3600; second++) {
      const left = 0.25 + (second % 2 === 0 ? 0.01 : -0.01);
      const next = nextState(state, { ...fine, calls: calls({ left }) }, after(second));
      if (next.rung !== state.rung) moves++;
      state = next;
    }
    expect(moves).toBe(1);
  });

  it('reaches normal once all is well, from wherever, and never jumps above what is called for', () => {
    const signals = fc.record({
      shadow: fc.boolean(),
      cache: fc.boolean(),
      calls: fc.constantFrom(
        down,
        calls(),
        calls({ left: 0.1 }),
        calls({ left: 0.3 }),
        calls({ state: 'limited', reason: 'reserve', admitted: { ...nobody, quote: true } }),
      ),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(signals, fc.integer({ min: 0, max: 40 }))), (history) => {
        let state = normal;
        let seconds = 0;
        for (const [seen, pause] of history) {
          seconds += pause;
          const wanted = wantedRung(seen, state.rung);
          state = nextState(state, seen, after(seconds));
          expect(rungs.indexOf(state.rung)).toBeGreaterThanOrEqual(rungs.indexOf(wanted.rung));
        }
        state = nextState(state, fine, after(seconds + 1));
        state = nextState(state, fine, after(seconds + 60));
        expect(state.rung).toBe('normal');
      }),
    );
  });
});
