import { processEnvironment } from '@umbra/platform';
import { runWorker } from '../src/run-worker.ts';
import type { Instrument } from '../src/worker-ports.ts';
import { blockOnSignal } from './blocked-loop.ts';
import { armed, parseKillPoint, passingOf } from './kill-points.ts';
import { planted } from './planted-bugs.ts';
import { profileOf } from './short-profile.ts';

/**
 * The worker of the end-to-end tests: the product, with shorter times, places to die or to stand still at, and mistakes
 * that it can be told to make.
 */
const { values } = processEnvironment();
await runWorker(() => {
  const seconds = values['UMBRA_BLOCK_SECONDS'];
  if (seconds !== undefined) blockOnSignal(seconds);
  return { tuning: profileOf(values['UMBRA_TEST_PROFILE']), instrument: joined(instruments()) };
});

function instruments(): Instrument[] {
  const found: Instrument[] = [];
  const bug = values['UMBRA_PLANTED_BUG'];
  if (bug !== undefined) found.push(planted(bug));
  const ends = { SIGKILL: values['UMBRA_KILL_POINT'], SIGSTOP: values['UMBRA_STOP_POINT'] };
  for (const [signal, point] of Object.entries(ends))
    if (point !== undefined)
      found.push(armed(passingOf(parseKillPoint(point), () => process.kill(process.pid, signal))));
  return found;
}

/** One around the other, the last one outermost. */
function joined(all: readonly Instrument[]): Instrument {
  return {
    ports: (ports) => all.reduce((inner, one) => one.ports(inner), ports),
    handlers: (handlers) => all.reduce((inner, one) => one.handlers(inner), handlers),
  };
}
