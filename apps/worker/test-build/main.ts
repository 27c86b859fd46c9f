import { processEnvironment } from '@umbra/platform';
import { runWorker } from '../src/run-worker.ts';
import { armed, parseKillPoint, passingOf } from './kill-points.ts';
import { profileOf } from './short-profile.ts';

/** The worker of the end-to-end tests: the product, with shorter times and places to die at. */
const { values } = processEnvironment();
const point = values['UMBRA_KILL_POINT'];
await runWorker(() => ({
  tuning: profileOf(values['UMBRA_TEST_PROFILE']),
  ...(point === undefined
    ? {}
    : { instrument: armed(passingOf(parseKillPoint(point), () => process.kill(process.pid, 'SIGKILL'))) }),
}));
