import { allCases } from './all-cases.ts';
import { withArena } from './arena.ts';
import type { CheckName, FaultCase } from './fault-case.ts';
import { furnish } from './furnish.ts';
import { pressures } from './load.ts';
import { runTrial, type Shift } from './trial.ts';

/** A mistake that the worker of the test build makes, and the checker that has to see it. */
interface Planted {
  readonly bug: string;
  readonly fault: FaultCase | undefined;
  readonly seenBy: CheckName | 'case';
}

const caseOf = (row: number, title: RegExp): FaultCase | undefined =>
  allCases.find((fault) => fault.row === row && title.test(fault.title));

const endedStreams = caseOf(1, /ended by the server/);

/** Every bug, with the case that brings it to light and the checker that has to say so. */
export const planted: readonly Planted[] = [
  { bug: 'checkpoint-before-store', fault: endedStreams, seenBy: 'no-loss' },
  { bug: 'applied-without-rows', fault: endedStreams, seenBy: 'equal' },
  { bug: 'fence-ignored', fault: caseOf(35, /before it stores/), seenBy: 'one-writer' },
  { bug: 'cascade-allowed', fault: caseOf(24, /go before their prices/), seenBy: 'equal' },
  { bug: 'sweep-without-band', fault: caseOf(23, /./), seenBy: 'case' },
  { bug: 'latest-on-error', fault: endedStreams, seenBy: 'source-limits' },
  { bug: 'unbounded-buffer', fault: endedStreams, seenBy: 'source-limits' },
  { bug: 'cache-without-invalidation', fault: caseOf(53, /./), seenBy: 'case' },
  { bug: 'secret-in-an-error', fault: endedStreams, seenBy: 'silence' },
];

/** A shadow that is wrong stays so: there is no need to wait for long. */
const PATIENCE_SECONDS = 20;

/**
 * Runs an ordinary case with a worker that has a bug, once for each bug.
 * @param rows only bugs that a case of these rows brings to light; undefined: all
 * @returns bugs that were not seen by the checker that should
 */
export async function runPlanted(
  rows: ReadonlySet<number> | undefined,
  say: (line: string) => void,
): Promise<string[]> {
  const missed: string[] = [];
  for (const { bug, fault, seenBy } of planted) {
    if (fault === undefined) throw new RangeError(`${bug} has no case`);
    if (rows?.has(fault.row) === false) continue;
    const env = { UMBRA_PLANTED_BUG: bug };
    await withArena(async (arena) => {
      const shift: Shift = { worker: undefined, through: [], round: 1 };
      await furnish(arena, shift);
      const patient = { ...fault, convergesWithinSeconds: PATIENCE_SECONDS };
      const { failure = '' } = await runTrial(patient, { arena, shift, seed: 1, pressure: pressures.test });
      const isSeen = failure.split('\n').some((line) => line.startsWith(`${seenBy}: `));
      if (!isSeen) missed.push(bug);
      const what = failure === '' ? 'nothing was found' : failure.slice(0, 300);
      say(`${isSeen ? 'seen  ' : 'MISSED'}  ${bug} by ${seenBy}${isSeen ? '' : `: ${what}`}`);
    }, env);
  }
  return missed;
}
