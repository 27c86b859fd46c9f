import { performance } from 'node:perf_hooks';
import { withArena } from './arena.ts';
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
  /** Side by side. */
  readonly arenas: number;
}

/** An org that has grown takes longer to compare, and nothing else. */
const TRIALS_PER_ARENA = 20;

interface Turn {
  readonly fault: FaultCase;
  readonly seed: number;
}

/**
 * Every case once, then every case with its next seed, until all seeds or the time are used up; some arenas side
 * by side, and what presses so hard that it would disturb its neighbour alone at the end. A failed trial leaves an arena
 * that may be broken, so the next one gets another.
 * @param tell called after each trial
 */
export async function tortureRun(plan: Plan, tell: (report: TrialReport) => void): Promise<TrialReport[]> {
  const end = performance.now() + plan.minutes * 60_000;
  const reports: TrialReport[] = [];
  const note = (report: TrialReport): void => {
    reports.push(report);
    tell(report);
  };
  const all = turnsOf(plan);
  const [alone, beside] = [true, false].map((isAlone) =>
    all.filter(({ fault }) => (fault.alone ?? false) === isAlone),
  ) as [Turn[], Turn[]];
  const lane = (turns: Turn[]): Promise<void> => takeTurns(turns, { ...plan, end, note });
  await Promise.all(Array.from({ length: plan.arenas }, () => lane(beside)));
  await lane(alone);
  return reports;
}

/** One arena after the other, until nobody has a turn left. */
async function takeTurns(
  turns: Turn[],
  { end, note, pressure }: Plan & { readonly end: number; readonly note: (report: TrialReport) => void },
): Promise<void> {
  const isOver = (): boolean => turns.length === 0 || performance.now() >= end;
  while (!isOver())
    await withArena(async (arena) => {
      const shift: Shift = { worker: undefined, through: [], round: 1 };
      await furnish(arena, shift);
      for (let trial = 0; trial < TRIALS_PER_ARENA && !isOver(); trial++) {
        const turn = nextTurn(turns, shift);
        if (turn === undefined) return;
        const report = await runTrial(turn.fault, { arena, shift, pressure, seed: turn.seed });
        note(report);
        if (report.failure !== undefined) return;
      }
    });
}

/** Of those with the same seed one that the present worker will do for: starting another takes seconds. */
function nextTurn(turns: Turn[], { through }: Shift): Turn | undefined {
  const fits = turns.findIndex(
    ({ fault, seed }) => seed === turns[0]?.seed && (fault.through ?? []).join() === through.join(),
  );
  return turns.splice(Math.max(0, fits), 1)[0];
}

function turnsOf({ cases, firstSeed, seedsOf }: Plan): Turn[] {
  const most = Math.max(0, ...cases.map(seedsOf));
  return Array.from({ length: most }, (_, n) => n).flatMap((n) =>
    cases.filter((fault) => n < seedsOf(fault)).map((fault) => ({ fault, seed: firstSeed + n })),
  );
}
