import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../harness/contest.ts';
import type { Report } from '../harness/report.ts';
import { regressions } from './stored-results.ts';

const same = (value: number) => ({ min: value, median: value, max: value });
const outcome = (contender: string, ratio: number): Outcome => ({
  contender,
  rate: same(ratio * 100),
  ratio: same(ratio),
  samples: [],
});
const report = (...outcomes: Outcome[]): Report => ({
  benchmark: 'stream',
  unit: 'events',
  startedAt: '2026-11-20T00:00:00.000Z',
  settings: {},
  machine: { processor: '', cores: 2, memoryBytes: 0, system: '', node: '' },
  versions: {},
  outcomes,
});

describe('a run beside the stored one', () => {
  const stored = report(outcome('plain', 1), outcome('umbra', 8));

  it('may be slower by the tolerance, and as much faster as it likes', () => {
    expect(regressions(stored, report(outcome('plain', 1), outcome('umbra', 6)), 0.25)).toEqual([]);
    expect(regressions(stored, report(outcome('plain', 1), outcome('umbra', 80)), 0.25)).toEqual([]);
  });

  it('has a regression when a ratio falls further, or a contender is missing', () => {
    expect(regressions(stored, report(outcome('plain', 1), outcome('umbra', 5.9)), 0.25)).toEqual([
      'stream: umbra has fallen from 8.00 to 5.90 of plain',
    ]);
    expect(regressions(stored, report(outcome('plain', 1)), 0.25)).toEqual([
      'stream: umbra was not measured',
    ]);
  });
});
