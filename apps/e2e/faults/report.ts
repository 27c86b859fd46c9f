import type { FaultCase } from './fault-case.ts';
import type { TrialReport } from './trial.ts';

/** One line per trial: what broke, whether everything held, and the figures. */
export function lineOf({ failure, figures, row, seconds, seed, title }: TrialReport): string {
  const verdict = failure === undefined ? 'holds ' : 'FAILED';
  const facts = `seed ${seed}, ${seconds.toFixed(1)} s`;
  return `row ${String(row).padStart(2)}  ${verdict}  ${title}  (${facts}${figures.map((one) => `, ${one}`).join('')})`;
}

/** What became of a case over all of its seeds. */
export interface Summary {
  readonly row: number;
  readonly title: string;
  /** Played in memory, many times a second, and not with programs and servers. */
  readonly inside?: boolean;
  readonly trials: number;
  readonly failedSeeds: readonly number[];
  /** Of the slowest trial that held. */
  readonly figures: readonly string[];
}

/** @returns one entry per case, those that were not reached with 0 trials */
export function summaryOf(cases: readonly FaultCase[], reports: readonly TrialReport[]): Summary[] {
  return cases.map(({ row, title }) => {
    const own = reports.filter((report) => report.row === row && report.title === title);
    const held = own.filter(({ failure }) => failure === undefined);
    const slowest = held.toSorted((one, other) => other.seconds - one.seconds)[0];
    return {
      row,
      title,
      trials: own.length,
      failedSeeds: own.filter(({ failure }) => failure !== undefined).map(({ seed }) => seed),
      figures: slowest?.figures ?? [],
    };
  });
}

export function tableOf(summaries: readonly Summary[]): string {
  const lines = summaries.map((summary) => {
    const { failedSeeds, figures, inside = false, row, trials } = summary;
    const title = inside ? `${summary.title} (inside one process)` : summary.title;
    return `${String(row).padStart(3)}  ${verdictOf(summary).padEnd(9)} ${String(trials).padStart(3)}  ${title}: ${
      failedSeeds.length > 0 ? `seeds ${failedSeeds.join(', ')}` : figures.join(', ')
    }`;
  });
  return ['row  verdict  seeds  case', ...lines].join('\n');
}

export function verdictOf({ failedSeeds, trials }: Summary): 'holds' | 'FAILED' | 'not run' {
  if (failedSeeds.length > 0) return 'FAILED';
  return trials === 0 ? 'not run' : 'holds';
}
