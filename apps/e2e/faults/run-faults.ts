import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withArena, type Arena } from './arena.ts';
import type { FaultCase } from './fault-case.ts';
import { pressures } from './load.ts';
import { furnish } from './furnish.ts';
import { runTrial, type Shift } from './trial.ts';

/** The same in every run of the suite; torture draws others. */
const SEED = 1;

/**
 * Runs those of the cases that belong to `./umbra test`, one after the other in one arena.
 * @param promise what they hold together: the title of the suite
 */
export function runFaults(promise: string, cases: readonly FaultCase[]): void {
  describe(promise, () => {
    const opened = Promise.withResolvers<Arena>();
    const finished = Promise.withResolvers<undefined>();
    const shift: Shift = { worker: undefined, through: [], round: 1 };
    let lived: Promise<void>;
    beforeAll(async () => {
      lived = withArena(async (arena) => {
        await furnish(arena, shift);
        opened.resolve(arena);
        await finished.promise;
      });
      lived.catch((error: unknown) => opened.reject(error));
      await opened.promise;
    }, 240_000);
    afterAll(async () => {
      finished.resolve(undefined);
      await lived;
    }, 240_000);

    it.each(
      cases
        .filter(({ tier }) => tier === 'test')
        .map((fault) => [`${fault.row}: ${fault.title}`, fault] as const),
    )(
      'row %s',
      async (_name, fault) => {
        const arena = await opened.promise;
        const { failure } = await runTrial(fault, { arena, shift, seed: SEED, pressure: pressures.test });
        expect(failure).toBeUndefined();
      },
      180_000,
    );
  });
}
