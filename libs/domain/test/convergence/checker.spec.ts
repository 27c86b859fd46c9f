import { describe, expect, it } from '@jest/globals';
import { depth } from './depth.ts';
import { equalsTruth, FORMULA } from './history.ts';
import { knownBad, right, type Design } from './known-bad.ts';
import { PlainRegisters } from './plain-registers.ts';
import { caseOf, describeCase, smallLimits, type Case } from './random-case.ts';
import { Random } from './random.ts';

/**
 * The checker is checked: the generator that finds nothing wrong with the production merge must find something wrong
 * with every merge that is known to be bad, and soon.
 */
const SEED = 20_260;
const WITHIN = 1_000;

function* cases(count: number, seed = SEED): Generator<Case> {
  const random = new Random(seed);
  for (let i = 0; i < count; i++) {
    yield caseOf(new Random(random.int(0, 0x7fff_fffe)), random.int(...smallLimits.commits), smallLimits);
  }
}

/** What a design gets wrong in a case; undefined when nothing. */
function mistake(design: Design, one: Case): string | undefined {
  if (one.told.length === 0) return undefined;
  const shown = design(one);
  if (one.closed && !equalsTruth(one.history, shown)) return 'values or existence';
  const plain = new PlainRegisters(
    one.told.map(({ input }) => input),
    one.history.revisions,
    FORMULA,
  );
  const dirty = plain.alive && plain.vGap > plain.base.version;
  if (shown === undefined || shown.dirty === dirty) return undefined;
  return dirty ? 'a gap was taken for resolved' : 'a resolved gap was taken for open';
}

describe('the checker', () => {
  it('finds nothing wrong with the production merge', () => {
    for (const one of cases(5_000 * depth)) {
      const wrong = mistake(right, one);
      if (wrong !== undefined) throw new Error(`${wrong}\n${describeCase(one)}`);
    }
  });

  it.each(Object.keys(knownBad))('catches: %s', (name) => {
    const design = knownBad[name] as Design;
    let tried = 0;
    for (const one of cases(WITHIN)) {
      tried++;
      if (mistake(design, one) !== undefined) return;
    }
    throw new Error(`${name} was not caught in ${String(tried)} cases`);
  });

  it('tells the same case for the same seed', () => {
    const [first] = cases(1, 7);
    const [second] = cases(1, 7);
    expect(JSON.stringify(first?.told)).toBe(JSON.stringify(second?.told));
  });
});
