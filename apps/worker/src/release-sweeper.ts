import type { Clock, Log } from '@umbra/domain';
import { repeat, type Repeated } from '@umbra/platform';
import { releaseWaiting } from '@umbra/sync';
import type { WritePath } from './write-path.ts';

/** Whoever removes a cause releases what waited for it; two transactions at once can miss each other. */
const EVERY_MS = 5_000;
/** Batches of one round: a cause that comes and goes must not keep the round going for ever. */
const BATCHES = 20;

/** Looks once more for records whose reason to wait is gone. The one owner of that timer in this process. */
export function startReleaseSweeper(path: WritePath, { clock, log }: { clock: Clock; log: Log }): Repeated {
  return repeat({
    name: 'release-sweeper',
    everyMs: EVERY_MS,
    clock,
    log,
    run: async (signal) => {
      for (let batch = 0; batch < BATCHES; batch++) {
        const released = await releaseWaiting(path.mirror);
        if (released > 0) log.info({ released }, 'waiting records placed anew');
        if (released === 0 || signal.aborted) return;
      }
    },
  });
}
