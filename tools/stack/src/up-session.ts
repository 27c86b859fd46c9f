/**
 * The life of one supervisor: bring up, announce, watch, stop. However it ends, everything that it started is
 * stopped before it is gone; a kill -9 is the exception, which `run.json` and `down` make good.
 */
import { mkdirSync } from 'node:fs';
import { whyEnded } from './child.ts';
import type { Environment } from './environment.ts';
import { exitCode, StackFailure } from './failure.ts';
import { KeptPorts } from './kept-ports.ts';
import type { StackPaths } from './paths.ts';
import { RunState } from './run-state.ts';
import { agreedScale, type Scale } from './simulated-org.ts';
import { bringUp, forgetAddresses } from './stack.ts';
import { Supervisor } from './supervisor.ts';
import { UpLock } from './up-lock.ts';

export interface UpOptions {
  readonly paths: StackPaths;
  readonly environment: Environment;
  readonly scale?: Scale;
  readonly say: (line: string) => void;
  readonly follow: (name: string, logFile: string) => void;
  /** Called once everything answers. */
  readonly ready: (summary: string) => void;
}

/**
 * Runs until a signal asks to stop.
 * @returns false when another supervisor of this checkout is at work, and nothing was done
 * @throws StackFailure when a part does not come up (its own code) or dies later (69)
 */
export async function superviseStack(options: UpOptions): Promise<boolean> {
  const { paths } = options;
  const scale = agreedScale(paths.data, options.scale);
  const lock = new UpLock(paths.lockFile);
  if (!lock.take()) return false;
  for (const folder of [paths.data, paths.logs]) mkdirSync(folder, { recursive: true });
  const state = new RunState(paths.stateFile);
  const supervisor = new Supervisor(state, paths.logs);
  const stopAsked = nextStopSignal();
  // The parts may outlive us, so none of them keeps our event loop alive.
  const alive = setInterval(() => undefined, 60_000);
  state.retract();
  const coming = bringUp({ ...options, scale, supervisor, ports: new KeptPorts(paths.data) });
  const outcome = coming.then((summary) => {
    state.announce(summary);
    options.ready(summary);
  });
  const death = supervisor.casualty.then((child) => {
    throw new StackFailure(`${child.name} ended with ${whyEnded(child) ?? ''}\nStopping the rest.`);
  });
  try {
    const first = await Promise.race([outcome, death, stopAsked.promise]);
    if (first === 'stop') throw new StackFailure('Interrupted while starting.', exitCode.interrupted);
    await Promise.race([death, stopAsked.promise]);
    return true;
  } finally {
    options.say('stopping');
    await supervisor.stopAll();
    // A start that was under way notices that its part is gone; what it may have started meanwhile is stopped too.
    await coming.catch(() => undefined);
    await supervisor.stopAll();
    state.remove();
    forgetAddresses(paths.envFile);
    lock.release();
    clearInterval(alive);
    stopAsked.dispose();
  }
}

/** Ctrl-C, `down`, a closed terminal. A second Ctrl-C does not shorten the stop: `down` finishes what is left. */
function nextStopSignal(): { promise: Promise<'stop'>; dispose: () => void } {
  const { promise, resolve } = Promise.withResolvers<'stop'>();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const stop = () => resolve('stop');
  for (const signal of signals) process.on(signal, stop);
  // Whoever read our output went away, as a closed terminal does. Stays for the last lines that are still to come.
  process.stdout.on('error', stop);
  return {
    promise,
    dispose: () => {
      for (const signal of signals) process.off(signal, stop);
    },
  };
}
