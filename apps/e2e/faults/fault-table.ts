import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { FaultCase } from './fault-case.ts';
import { matrix } from './matrix.ts';
import { verdictOf, type Summary } from './report.ts';

/** The last result of a case, as it is kept beside the cases. */
export interface KeptResult {
  readonly row: number;
  readonly title: string;
  readonly verdict: string;
  readonly seeds: number;
  readonly pressure: string;
  /** `2026-11-20` */
  readonly day: string;
  readonly figures: readonly string[];
}

const results = 'apps/e2e/faults/results.json';
const page = 'docs/faults.md';
const [begin, end] = ['<!-- results: begin -->', '<!-- results: end -->'];

/** Results of this run, and the earlier ones of cases that were not run now. */
export function keepResults(
  summaries: readonly Summary[],
  { cases, day, pressure }: { cases: readonly FaultCase[]; day: string; pressure: string },
): KeptResult[] {
  const known = existsSync(results) ? (JSON.parse(readFileSync(results, 'utf8')) as KeptResult[]) : [];
  const kept = cases.flatMap(({ row, title }): KeptResult[] => {
    const isThis = (one: { row: number; title: string }): boolean => one.row === row && one.title === title;
    const now = summaries.find((summary) => isThis(summary) && summary.trials > 0);
    if (now === undefined) return known.filter(isThis);
    const { figures, trials } = now;
    return [{ row, title, verdict: verdictOf(now), seeds: trials, pressure, day, figures }];
  });
  writeFileSync(results, `${JSON.stringify(kept, null, 2)}\n`);
  return kept;
}

/** Puts the table between its marks; what people wrote around it stays. */
export function writePage(cases: readonly FaultCase[], kept: readonly KeptResult[]): void {
  const text = readFileSync(page, 'utf8');
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${page} lost the marks of its table`);
  writeFileSync(page, `${before}${begin}\n\n${table(cases, kept)}\n\n${end}${after}`);
}

/** Row by row: what breaks, which case or file holds it, what came of it the last time. */
export function table(cases: readonly FaultCase[], kept: readonly KeptResult[]): string {
  const lines = matrix.flatMap(({ elsewhere = [], fault, row }) => {
    const own = cases.filter((one) => one.row === row);
    const files = elsewhere.map((file) => `| ${row} | ${fault} | \`${file}\` | in \`./umbra test\` |`);
    const rows = own.map(({ tier, title }) => {
      const last = kept.find((one) => one.row === row && one.title === title);
      const where = tier === 'test' ? 'test and torture' : 'torture';
      return `| ${row} | ${fault} | ${title} (${where}) | ${resultOf(last)} |`;
    });
    return rows.length + files.length === 0 ? [`| ${row} | ${fault} | none yet | |`] : [...rows, ...files];
  });
  return ['| row | fault | held by | last result |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

function resultOf(last: KeptResult | undefined): string {
  if (last === undefined) return 'not run yet';
  const { day, figures, pressure, seeds, verdict } = last;
  const count = seeds === 1 ? '1 seed' : `${seeds} seeds`;
  return [`${verdict}, ${count}, ${pressure}, ${day}`, ...figures].join('; ');
}
