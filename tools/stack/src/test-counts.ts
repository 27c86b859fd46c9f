export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** The part of jest's `--json` report that is read here. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** Files that could not even be loaded; their tests are counted nowhere else. */
  readonly numRuntimeErrorTestSuites: number;
}

/** A tool that only says yes or no counts as one test. */
export function asCounts(code: number): Counts {
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * @param report undefined when jest died before it could write one
 * @param code jest's exit code: a failure that no test shows (a broken set-up) still has to count
 */
export function countJest(report: JestReport | undefined, code: number): Counts {
  if (report === undefined) return asCounts(1);
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return { passed: report.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
}

/** @returns a line per step, and the sum as the last line */
export function sumUp(
  results: readonly { readonly name: string; readonly counts: Counts; readonly seconds: number }[],
): string {
  const lines = results.map(({ name, counts, seconds }) => {
    const verdict = counts.failed === 0 ? 'ok' : 'FAILED';
    return `${name.padEnd(10)} ${verdict.padEnd(7)} ${seconds.toFixed(1).padStart(7)} s   ${text(counts)}`;
  });
  const total = results.reduce(
    (sum, { counts }) => ({ passed: sum.passed + counts.passed, failed: sum.failed + counts.failed }),
    { passed: 0, failed: 0 },
  );
  return `\n${lines.join('\n')}\n${text(total)}\n`;
}

function text({ passed, failed }: Counts): string {
  return `${passed} passed, ${failed} failed`;
}
