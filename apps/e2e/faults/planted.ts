import { withArena } from './arena.ts';
import type { CheckName, FaultCase } from './fault-case.ts';
import { furnish } from './furnish.ts';
import { pressures } from './load.ts';
import { streamCut } from './stream-cut.ts';
import { runTrial, type Shift } from './trial.ts';
import { zombies } from './zombies.ts';

/** A mistake that the worker of the test build makes, and the checker that has to see it. */
interface Planted {
  readonly bug: string;
  readonly fault: FaultCase | undefined;
  readonly seenBy: CheckName;
}

const planted: readonly Planted[] = [
  { bug: 'checkpoint-before-store', fault: streamCut[1], seenBy: 'no-loss' },
  { bug: 'applied-without-rows', fault: streamCut[1], seenBy: 'equal' },
  { bug: 'fence-ignored', fault: zombies[0], seenBy: 'one-writer' },
];

/** A shadow that is wrong stays so: there is no need to wait for long. */
const PATIENCE_SECONDS = 8;

/**
 * Runs an ordinary case with a worker that has a bug, once for each bug.
 * @returns bugs that were not seen by the checker that should
 */
export async function runPlanted(say: (line: string) => void): Promise<string[]> {
  const missed: string[] = [];
  for (const { bug, fault, seenBy } of planted) {
    if (fault === undefined) throw new RangeError(`${bug} has no case`);
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
