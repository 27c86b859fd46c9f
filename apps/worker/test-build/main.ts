import { processEnvironment } from '@umbra/platform';
import { runWorker } from '../src/run-worker.ts';
import { blockOnSignal } from './blocked-loop.ts';
import { armed, parseKillPoint, passingOf } from './kill-points.ts';
import { profileOf } from './short-profile.ts';

/** The worker of the end-to-end tests: the product, with shorter times and places to die or to stand still at. */
const { values } = processEnvironment();
await runWorker(() => {
  const { UMBRA_BLOCK_SECONDS: seconds, UMBRA_TEST_PROFILE: profile } = values;
  if (seconds !== undefined) blockOnSignal(seconds);
  const tuning = profileOf(profile);
  const ends = { SIGKILL: values['UMBRA_KILL_POINT'], SIGSTOP: values['UMBRA_STOP_POINT'] };
  for (const [signal, point] of Object.entries(ends))
    if (point !== undefined)
      return {
        tuning,
        instrument: armed(passingOf(parseKillPoint(point), () => process.kill(process.pid, signal))),
      };
  return { tuning };
});
