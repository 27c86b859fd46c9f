import { describe, expect, it } from '@jest/globals';
import { FakeClock, RecordingLog, RecordingMeter } from '@umbra/testing';
import type { Dated, Question } from '../source/question.ts';
import { sameValue } from './same-value.ts';
import { ShadowComparison } from './shadow-comparison.ts';

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 12, 0, second));

interface Eligibility {
  readonly internetEligibility: string;
}

const says = (internetEligibility: string, second: number): Dated<Eligibility> => ({
  value: { internetEligibility },
  asOf: at(second),
});

/** A shadow that answers differently with each look; the last answer stays. */
function looking(...looks: (ReadonlyMap<string, Dated<Eligibility>> | Error)[]) {
  let look = 0;
  const shadow = () => {
    const answer = looks[Math.min(look, looks.length - 1)];
    look++;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? new Map());
  };
  return { area: 'eligibility', shadow } as unknown as Question<Eligibility>;
}

const one = (dated: Dated<Eligibility>) => new Map([['001000000000001AAA', dated]]);

async function outcomes(
  question: Question<Eligibility>,
  live: Dated<Eligibility>,
  rounds = 60,
): Promise<{ counted: Record<string, number>; log: RecordingLog; refreshed: string[] }> {
  const clock = new FakeClock();
  const [log, meter] = [new RecordingLog(), new RecordingMeter()];
  const refreshed: string[] = [];
  const refresh = {
    request: (_: unknown, ids: readonly string[]) => Promise.resolve(void refreshed.push(...ids)),
  };
  const comparison = new ShadowComparison({ refresh, clock, log, meter });
  comparison.compared(question, one(live));
  void comparison.request('Account', ['001000000000001AAA']);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    clock.advance(5_000);
  }
  await comparison.close();
  const counted = Object.fromEntries(
    (['equal', 'late', 'different', 'unproven', 'unjudged'] as const)
      .map(
        (outcome) =>
          [outcome, meter.value('sf_shadow_compare_total', { area: 'eligibility', outcome })] as const,
      )
      .filter(([, count]) => count > 0),
  );
  return { counted, log, refreshed };
}

describe('a live answer held against the shadow', () => {
  it('is equal, whatever the age of the shadow', async () => {
    const { counted } = await outcomes(looking(one(says('FTTH', 1))), says('FTTH', 30));
    expect(counted).toEqual({ equal: 1 });
  });

  it('is ahead of the shadow for a while', async () => {
    const behind = one(says('VDSL', 1));
    const { counted, log } = await outcomes(
      looking(behind, behind, behind, one(says('FTTH', 31))),
      says('FTTH', 30),
    );
    expect(counted).toEqual({ late: 1 });
    expect(log.lines).toEqual([]);
  });

  it('differs from a shadow that claims to be as recent; ids are logged, values are not', async () => {
    const { counted, log } = await outcomes(
      looking(one(says('CANARY', 1)), one(says('CANARY', 31))),
      says('OTHER-CANARY', 30),
    );
    expect(counted).toEqual({ different: 1 });
    expect(log.lines).toHaveLength(1);
    expect(JSON.stringify(log.lines)).toContain('001000000000001AAA');
    expect(JSON.stringify(log.lines)).not.toContain('CANARY');
  });

  it('is not judged by a shadow that has changed once more, never catches up, or cannot be read', async () => {
    const moved = looking(one(says('VDSL', 1)), one(says('Cable', 31)));
    expect((await outcomes(moved, says('FTTH', 30))).counted).toEqual({ unjudged: 1 });
    const stuck = looking(one(says('VDSL', 1)));
    expect((await outcomes(stuck, says('FTTH', 30))).counted).toEqual({ unjudged: 1 });
    const broken = looking(new Error('away'));
    expect((await outcomes(broken, says('FTTH', 30))).counted).toEqual({ unjudged: 1 });
  });

  it('finds a shadow that proves nothing', async () => {
    expect((await outcomes(looking(new Map()), says('FTTH', 30))).counted).toEqual({ unproven: 1 });
  });

  it('has its records read anew only after it was judged', async () => {
    const answers = looking(one(says('FTTH', 1)));
    expect((await outcomes(answers, says('FTTH', 30), 5)).refreshed).toEqual([]);
    expect((await outcomes(answers, says('FTTH', 30), 60)).refreshed).toEqual(['001000000000001AAA']);
  });
});

describe('two answers', () => {
  it.each([
    [{ a: 1, gapSince: at(1) }, { a: 1 }],
    [
      [{ sku: 'A' }, { sku: 'B' }],
      [{ sku: 'B' }, { sku: 'A' }],
    ],
    [{ unitPrice: '149.50' }, { unitPrice: '149.5' }],
    [
      { b: null, a: 1 },
      { a: 1, b: null },
    ],
    [null, null],
  ])('%j and %j say the same', (left, right) => expect(sameValue(left, right)).toBe(true));

  it.each([
    [{ unitPrice: '149.50' }, { unitPrice: '149.05' }],
    [[{ sku: 'A' }], [{ sku: 'A' }, { sku: 'A' }]],
    [null, { sku: 'A' }],
    [{ a: null }, { a: '' }],
  ])('%j and %j do not', (left, right) => expect(sameValue(left, right)).toBe(false));
});
