import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spread, type Outcome, type Spread } from './contest.ts';
import { machineFacts, type MachineFacts } from './machine.ts';

export interface Report {
  readonly benchmark: string;
  /** What one unit of work is: `rows`, `events`, `requests`. */
  readonly unit: string;
  readonly startedAt: string;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly machine: MachineFacts;
  readonly versions: Readonly<Record<string, string>>;
  readonly outcomes: readonly Outcome[];
  /** What is aimed at; a goal that is missed is said so, and fails nothing by itself. */
  readonly goals?: readonly Goal[];
  /** Sentences below the table. */
  readonly notes?: readonly string[];
  /** Whatever else was measured. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A bound on one figure of a run. */
export interface Goal {
  readonly what: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

function isMet({ atLeast, atMost, value }: Goal): boolean {
  return value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
}

/** Goals and what became of them, as lines of a list. */
function renderGoals(goals: readonly Goal[]): string[] {
  return goals.map((goal) => {
    const bound = goal.atLeast === undefined ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`;
    const value = count.format(goal.value);
    return `- ${goal.what}: **${value}**, aim ${bound}: ${isMet(goal) ? 'met' : 'missed'}`;
  });
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
/** Two decimals for small values, none for large ones. */
const count = {
  format: (value: number): string =>
    new Intl.NumberFormat('en', { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 }).format(value),
};
const megabytes = (bytes: number): string => whole.format(bytes / 1_048_576);
const around = ({ min, median, max }: Spread, format: (n: number) => string): string =>
  `${format(median)} (${format(min)}–${format(max)})`;

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** The report as a Markdown table: rates and ratios first, then memory and processor time of each part. */
export function renderReport(report: Report): string {
  const head = row(['contender', `${report.unit}/s, median (min–max)`, 'ratio to the first', 'seconds']);
  const lines = report.outcomes.map((outcome) =>
    row([
      outcome.contender,
      around(outcome.rate, (n) => whole.format(n)),
      around(outcome.ratio, (n) => n.toFixed(2)),
      around(spread(outcome.samples.map(({ seconds }) => seconds)), (n) => n.toFixed(1)),
    ]),
  );
  return [
    `${report.benchmark}: ${Object.entries(report.settings)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
    `${report.machine.processor}, ${report.machine.cores} cores, ${megabytes(report.machine.memoryBytes)} MiB, ${report.machine.system}`,
    Object.entries(report.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    '',
    head,
    row(['---', '---:', '---:', '---:']),
    ...lines,
    '',
    ...usageTable(report.outcomes),
    ...(report.goals === undefined ? [] : ['', ...renderGoals(report.goals)]),
    ...(report.notes === undefined ? [] : ['', ...report.notes.flatMap((note) => [`- ${note}`])]),
  ].join('\n');
}

function usageTable(outcomes: readonly Outcome[]): string[] {
  const lines = outcomes.flatMap((outcome) => {
    const parts = Object.keys(outcome.samples[0]?.usage ?? {});
    const figures = Object.keys(outcome.samples[0]?.figures ?? {});
    return [
      ...parts.map((part) => {
        const usages = outcome.samples.flatMap(({ usage }) => usage?.[part] ?? []);
        return row([
          outcome.contender,
          part,
          around(spread(usages.map(({ peakRssBytes }) => peakRssBytes)), megabytes),
          around(spread(usages.map(({ cpuSeconds }) => cpuSeconds)), (n) => n.toFixed(1)),
        ]);
      }),
      ...figures.map((figure) =>
        row([
          outcome.contender,
          figure,
          '',
          around(spread(outcome.samples.map((sample) => sample.figures?.[figure] ?? 0)), (n) =>
            count.format(n),
          ),
        ]),
      ),
    ];
  });
  return [
    row(['contender', 'part', 'peak memory, MiB', 'processor seconds, or count']),
    row(['---', '---', '---:', '---:']),
    ...lines,
  ];
}

/** Writes `<benchmark>.json` and `<benchmark>.md` into the folder. @returns the table */
export function writeReport(folder: string, report: Omit<Report, 'machine'>): string {
  const whole: Report = { ...report, machine: machineFacts() };
  const table = renderReport(whole);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${report.benchmark}.json`), `${JSON.stringify(whole, null, 2)}\n`);
  writeFileSync(join(folder, `${report.benchmark}.md`), `${table}\n`);
  return table;
}
