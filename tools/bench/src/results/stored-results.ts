import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../harness/report.ts';

/** Results that were taken on purpose and are part of the repository. */
export const resultsFolder = 'tools/bench/results';

export function readReport(folder: string, benchmark: string): Report | undefined {
  const file = join(folder, `${benchmark}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined;
}

/** Keeps a run as the one that later ones are compared with; its samples by the second are left out. */
export function storeReport(report: Report): void {
  mkdirSync(resultsFolder, { recursive: true });
  const shortened = JSON.stringify(
    report,
    (key, value: unknown) => (key === 'rssBySecond' ? undefined : value),
    2,
  );
  writeFileSync(join(resultsFolder, `${report.benchmark}.json`), `${shortened}\n`);
}

/**
 * Ratios that have fallen against the stored run by more than the tolerance. Rates are not compared: they are the
 * machine's as much as the program's; a ratio of two contenders of one run is the program's.
 * @param tolerance share of the stored ratio, 0 to 1
 */
export function regressions(stored: Report, present: Report, tolerance: number): readonly string[] {
  return stored.outcomes.slice(1).flatMap(({ contender, ratio }) => {
    const now = present.outcomes.find((outcome) => outcome.contender === contender)?.ratio.median;
    if (now === undefined) return [`${stored.benchmark}: ${contender} was not measured`];
    if (now >= ratio.median * (1 - tolerance)) return [];
    return [
      `${stored.benchmark}: ${contender} has fallen from ${ratio.median.toFixed(2)} to ${now.toFixed(2)} ` +
        `of ${stored.outcomes[0]?.contender ?? 'the first'}`,
    ];
  });
}
