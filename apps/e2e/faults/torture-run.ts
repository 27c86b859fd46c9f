import { performance } from 'node:perf_hooks';
import { withArena, type Arena } from './arena.ts';
import type { FaultCase } from './fault-case.ts';
import { furnish } from './furnish.ts';
import type { Pressure } from './load.ts';
import { runTrial, type Shift, type TrialReport } from './trial.ts';

export interface Plan {
  readonly cases: readonly FaultCase[];
  readonly pressure: Pressure;
  /** The first trial of each case has this seed, the next one the next. */
  readonly firstSeed: number;
  /** Trials of a case. */
  readonly seedsOf: (fault: FaultCase) => number;
  /** No trial begins after so many minutes. */
  readonly minutes: number;
}

/** An org that has grown takes longer to compare, and nothing else. */
const TRIALS_PER_ARENA = 10;

interface Turn {
  readonly fault: FaultCase;
  readonly seed: number;
}

/**
 * Every case once, then every case with its next seed, until all seeds or the time are used up. A failed trial leaves
 * an arena that may be broken, so the next one gets another.
 * @param tell called after each trial
 */
export async function tortureRun(plan: Plan, tell: (report: TrialReport) => void): Promise<TrialReport[]> {
  const turns = turnsOf(plan);
  const reports: TrialReport[] = [];
  const end = performance.now() + plan.minutes * 60_000;
  const isOver = (): boolean => turns.length === 0 || performance.now() >= end;
  while (!isOver()) {
    await withArena(async (arena) => {
      const shift: Shift = { worker: undefined, through: [], round: 1 };
      await furnish(arena, shift);
      for (let trial = 0; trial < TRIALS_PER_ARENA && !isOver(); trial++) {
        const report = await nextTrial(turns, { arena, shift, pressure: plan.pressure });
        reports.push(report);
        tell(report);
        if (report.failure !== undefined) return;
      }
    });
  }
  return reports;
}

function nextTrial(
  turns: Turn[],
  site: { arena: Arena; shift: Shift; pressure: Pressure },
): Promise<TrialReport> {
  const turn = turns.shift();
  if (turn === undefined) throw new RangeError('no trial is left');
  return runTrial(turn.fault, { ...site, seed: turn.seed });
}

function turnsOf({ cases, firstSeed, seedsOf }: Plan): Turn[] {
  const most = Math.max(...cases.map(seedsOf));
  return Array.from({ length: most }, (_, n) => n).flatMap((n) =>
    cases.filter((fault) => n < seedsOf(fault)).map((fault) => ({ fault, seed: firstSeed + n })),
  );
}
