import { describe, expect, it } from '@jest/globals';
import { asCounts, countJest, sumUp } from './test-counts.ts';

const report = { numPassedTests: 10, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };

describe('counting', () => {
  it('takes a tool as one test', () => {
    expect(asCounts(0)).toEqual({ passed: 1, failed: 0 });
    expect(asCounts(2)).toEqual({ passed: 0, failed: 1 });
  });

  it('adds files that could not be loaded to the failed tests', () => {
    expect(countJest({ ...report, numFailedTests: 2, numRuntimeErrorTestSuites: 1 }, 1)).toEqual({
      passed: 10,
      failed: 3,
    });
  });

  it('never calls a jest that failed a success', () => {
    expect(countJest(report, 0)).toEqual({ passed: 10, failed: 0 });
    expect(countJest(report, 1)).toEqual({ passed: 10, failed: 1 });
    expect(countJest(undefined, 0)).toEqual({ passed: 0, failed: 1 });
  });

  it('ends with the sum', () => {
    const text = sumUp([
      { name: 'lint', counts: { passed: 1, failed: 0 }, seconds: 2 },
      { name: 'jest', counts: { passed: 40, failed: 2 }, seconds: 63.25 },
    ]);
    expect(text.trimEnd().split('\n').at(-1)).toBe('41 passed, 2 failed');
    expect(text).toMatch(/^lint +ok +2\.0 s/m);
    expect(text).toMatch(/^jest +FAILED +63\.3 s/m);
  });
});
