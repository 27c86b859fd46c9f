import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { FaultCase } from './fault-case.ts';
import { lives } from './inside-one-process.ts';
import { matrix } from './matrix.ts';
import { verdictOf, type Summary } from './report.ts';

/** The last result of a case, as it is kept beside the cases. */
export interface KeptResult {
  readonly row: number;
  readonly title: string;
  /** Played inside one process. */
  readonly inside?: true;
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
  const worlds = cases.flatMap(({ row, title }): KeptResult[] => {
    const isThis = (one: Named): boolean => one.row === row && one.title === title && one.inside !== true;
    const now = summaries.find((summary) => isThis(summary) && summary.trials > 0);
    if (now === undefined) return known.filter(isThis);
    const { figures, trials } = now;
    return [{ row, title, verdict: verdictOf(now), seeds: trials, pressure, day, figures }];
  });
  const played = summaries.filter(({ inside }) => inside === true);
  const isPlayed = ({ row }: Named): boolean => played.some((one) => one.row === row);
  const inside = [
    ...known.filter((one) => one.inside === true && !isPlayed(one)),
    ...played.map((one): KeptResult => {
      const { row, title, trials } = one;
      const verdict = verdictOf(one);
      return { row, title, inside: true, verdict, seeds: trials, pressure: 'in memory', day, figures: [] };
    }),
  ];
  const kept = [...inside, ...worlds].toSorted((one, other) => one.row - other.row);
  writeFileSync(results, `${JSON.stringify(kept, null, 2)}\n`);
  return kept;
}

interface Named {
  readonly row: number;
  readonly title: string;
  readonly inside?: boolean;
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
    const inside = kept
      .filter((one) => one.row === row && one.inside === true)
      .map((one) => `| ${row} | ${fault} | ${one.title} (\`${lives}\`) | ${resultOf(one)} |`);
    const files = elsewhere.map((file) => `| ${row} | ${fault} | \`${file}\` | in \`./umbra test\` |`);
    const rows = own.map(({ tier, title }) => {
      const last = kept.find((one) => one.row === row && one.title === title && one.inside !== true);
      const where = tier === 'test' ? 'test and torture' : 'torture';
      return `| ${row} | ${fault} | ${title} (${where}) | ${resultOf(last)} |`;
    });
    const all = [...inside, ...rows, ...files];
    return all.length === 0 ? [`| ${row} | ${fault} | none yet | |`] : all;
  });
  return ['| row | fault | held by | last result |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

function resultOf(last: KeptResult | undefined): string {
  if (last === undefined) return 'not run yet';
  const { day, figures, pressure, seeds, verdict } = last;
  const count = seeds === 1 ? '1 seed' : `${seeds} seeds`;
  return [`${verdict}, ${count}, ${pressure}, ${day}`, ...figures].join('; ');
}
