import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RequestClass } from '../ports/salesforce-source.ts';
import { admitCall, budgetView, type BudgetFacts } from './admission.ts';
import { hourMs, hoursCounted, requestClasses, reservePercent, type HourCalls } from './request-class.ts';

const FIRST_HOUR = 500_000;
const LIMIT = 2_500;
const SHARE_PERCENT = 80;
const SHARE = (LIMIT * SHARE_PERCENT) / 100;

/** An org whose calls are ours alone, hour by hour. */
class Day {
  readonly #calls = new Map<number, Record<RequestClass, number>>();
  hour = FIRST_HOUR;
  /** Calls of the org's other clients within the rolling day. */
  others = 0;

  facts(): BudgetFacts {
    const own: HourCalls[] = [...this.#calls].map(([hour, calls]) => ({ hour, calls }));
    return {
      now: new Date(this.hour * hourMs + 60_000),
      sharePercent: SHARE_PERCENT,
      org: { used: this.total(hoursCounted - 1) + this.others, limit: LIMIT },
      own,
      probeAt: new Date(Number.MAX_SAFE_INTEGER / 2),
    };
  }

  total(hours: number): number {
    let sum = 0;
    for (let ago = 0; ago < hours; ago++)
      for (const count of Object.values(this.#calls.get(this.hour - ago) ?? {})) sum += count;
    return sum;
  }

  /** @returns how many of the calls were admitted */
  ask(requestClass: RequestClass, calls: number): number {
    for (let asked = 0; asked < calls; asked++) {
      if (!admitCall(this.facts(), requestClass).admitted) return asked;
      const own = this.#calls.get(this.hour) ?? ({} as Record<RequestClass, number>);
      own[requestClass] = (own[requestClass] ?? 0) + 1;
      this.#calls.set(this.hour, own);
    }
    return calls;
  }
}

const anyClass = fc.constantFrom(...requestClasses);

describe('the daily budget', () => {
  it('keeps every class above to its reserve, whatever the classes below ask for', () => {
    const greed = fc.array(fc.record({ asker: anyClass, calls: fc.integer({ min: 0, max: 800 }) }), {
      minLength: 3,
      maxLength: 12,
    });
    fc.assert(
      fc.property(anyClass, greed, (protectedClass, storms) => {
        const day = new Day();
        const above = requestClasses.slice(0, requestClasses.indexOf(protectedClass) + 1);
        const below = requestClasses.slice(above.length);
        for (let turn = 0; turn < 40; turn++, day.hour++) {
          const storm = storms[turn % storms.length];
          if (storm !== undefined && below.includes(storm.asker)) day.ask(storm.asker, storm.calls);
          for (const name of above) {
            const pace = Math.floor((SHARE * reservePercent[name]) / 100 / hoursCounted);
            expect(day.ask(name, pace)).toBe(pace);
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  it('never lets more calls out in a day than our share, or than the others leave', () => {
    const turns = fc.array(
      fc.record({
        asker: anyClass,
        calls: fc.integer({ min: 0, max: 1_000 }),
        others: fc.integer({ min: 0, max: LIMIT }),
        hours: fc.integer({ min: 0, max: 5 }),
      }),
      { maxLength: 15 },
    );
    fc.assert(
      fc.property(turns, (storms) => {
        const day = new Day();
        for (const { asker, calls, others, hours } of storms) {
          day.hour += hours;
          day.others = others;
          const taken = day.ask(asker, calls);
          expect(day.total(24)).toBeLessThanOrEqual(SHARE);
          if (taken > 0) expect(day.total(24) + others).toBeLessThanOrEqual(LIMIT);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('serves every class above one that it serves', () => {
    const hours = fc.array(
      fc.record({
        hour: fc.integer({ min: FIRST_HOUR - 26, max: FIRST_HOUR }),
        calls: fc.record(
          Object.fromEntries(requestClasses.map((name) => [name, fc.nat(300)])) as Record<
            RequestClass,
            fc.Arbitrary<number>
          >,
          { requiredKeys: [] },
        ),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(hours, fc.nat(LIMIT), fc.integer({ min: 1, max: 100 }), (own, used, sharePercent) => {
        const now = new Date(FIRST_HOUR * hourMs);
        const facts: BudgetFacts = { now, sharePercent, org: { used, limit: LIMIT }, own, probeAt: null };
        const served = requestClasses.map((name) => admitCall(facts, name));
        for (const [at, one] of served.entries()) {
          if (one.admitted) expect(served.slice(0, at).every(({ admitted }) => admitted)).toBe(true);
          else expect(one.retryAt.getTime()).toBeGreaterThanOrEqual(now.getTime());
        }
        const view = budgetView(facts);
        expect(served[0]?.admitted).toBe((view?.left ?? 0) >= 1 || view?.orgLeft === 0);
      }),
      { numRuns: 500 },
    );
  });

  it('lets what the classes above leave flow down: a backfill alone gets nearly all, spread over the day', () => {
    const day = new Day();
    const perHour = Math.floor((SHARE * 0.9) / hoursCounted);
    for (let turn = 0; turn < 30; turn++, day.hour++) expect(day.ask('backfill', perHour)).toBe(perHour);
    expect(day.ask('quote', 100)).toBe(100);
  });
});
