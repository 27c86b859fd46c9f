import { describe, expect, it } from '@jest/globals';
import { admitCall, budgetView, type BudgetFacts } from './admission.ts';
import { hourMs, largerCalls, requestClasses, reservePercent } from './request-class.ts';

const HOUR = 500_000;
const now = new Date(HOUR * hourMs + 5_000);

/** A day of 10,000 calls, 80 % of them ours, with nothing used but what is named. */
function facts(changes: Partial<BudgetFacts> = {}): BudgetFacts {
  return { now, sharePercent: 80, org: { used: 0, limit: 10_000 }, own: [], probeAt: null, ...changes };
}

function served(given: BudgetFacts): string[] {
  return requestClasses.filter((name) => admitCall(given, name).admitted);
}

describe('who is served as the others use up the org', () => {
  it('reserves are all of our share', () => {
    expect(Object.values(reservePercent).reduce((sum, one) => sum + one)).toBe(100);
  });

  // used by the others, and by our own delta this hour
  it.each([
    [0, 0, ['quote', 'eligibility', 'gap', 'catalogue', 'delta', 'backfill']],
    [0, 1_600, ['quote', 'eligibility', 'gap', 'catalogue', 'delta', 'backfill']],
    [0, 2_500, ['quote', 'eligibility', 'gap', 'catalogue']],
    [0, 4_500, ['quote', 'eligibility', 'gap']],
    [0, 6_000, ['quote', 'eligibility']],
    [0, 7_500, ['quote']],
    [0, 8_000, []],
    [9_000, 0, ['quote', 'eligibility', 'gap', 'catalogue', 'delta', 'backfill']],
    [9_000, 800, ['quote', 'eligibility']],
    [9_000, 900, ['quote']],
    [9_990, 0, []],
  ])('others %d, we %d in this hour', (others, own, expected) => {
    const given = facts({
      org: { used: others + own, limit: 10_000 },
      own: [{ hour: HOUR, calls: { delta: own } }],
      probeAt: new Date(now.getTime() + 1_000),
    });
    expect(served(given)).toEqual(expected);
  });

  it('calls that are back in time count as there', () => {
    const own = (ago: number) => [{ hour: HOUR - ago, calls: { delta: 6_500 } }];
    expect(served(facts({ own: own(0) }))).toEqual(['quote', 'eligibility']);
    expect(served(facts({ own: own(22) }))).toEqual([
      'quote',
      'eligibility',
      'gap',
      'catalogue',
      'delta',
      'backfill',
    ]);
  });
});

describe('a refusal', () => {
  it('names its cause and the hour at which calls come back', () => {
    const own = [{ hour: HOUR - 20, calls: { catalogue: 8_000 } }];
    expect(admitCall(facts({ own, org: { used: 8_000, limit: 10_000 } }), 'quote')).toEqual({
      admitted: false,
      cause: 'share',
      retryAt: new Date((HOUR + 5) * hourMs),
    });
    const fresh = [{ hour: HOUR, calls: { backfill: 800 } }];
    expect(admitCall(facts({ own: fresh, org: { used: 800, limit: 10_000 } }), 'backfill')).toMatchObject({
      admitted: false,
      cause: 'reserve',
    });
  });

  it('for want of calls of the whole org lasts until the probe', () => {
    const gone = { used: 10_000, limit: 10_000 };
    const probeAt = new Date(now.getTime() + 1_000);
    expect(admitCall(facts({ org: gone, probeAt }), 'quote')).toEqual({
      admitted: false,
      cause: 'org',
      retryAt: probeAt,
    });
    expect(admitCall(facts({ org: gone, probeAt: now }), 'backfill')).toEqual({
      admitted: true,
      probe: true,
    });
  });

  it('does not happen while the allocation is unknown', () => {
    expect(served(facts({ org: null, own: [{ hour: HOUR, calls: { delta: 9_999 } }] }))).toHaveLength(6);
    expect(budgetView(facts({ org: null }))).toBeNull();
  });
});

it('of two counts the larger one holds, hour by hour and class by class', () => {
  expect(
    largerCalls(
      [{ hour: 1, calls: { quote: 2, delta: 5 } }],
      [
        { hour: 1, calls: { quote: 3 } },
        { hour: 2, calls: { gap: 1 } },
      ],
    ),
  ).toEqual([
    { hour: 1, calls: { quote: 3, delta: 5 } },
    { hour: 2, calls: { gap: 1 } },
  ]);
});
