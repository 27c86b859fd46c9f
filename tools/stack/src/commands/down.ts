import { existsSync } from 'node:fs';
import { stackPaths, type StackPaths } from '../paths.ts';
import { stopProcess } from '../pids.ts';
import { RunState } from '../run-state.ts';
import { forgetAddresses } from '../stack.ts';
import { stopRecorded } from '../supervisor.ts';
import { UpLock } from '../up-lock.ts';

/**
 * Stops the supervisor, which stops its parts; then whatever is still on record, for a supervisor that was killed.
 * @returns what was stopped, for the person to read
 */
export async function stopStack(paths: StackPaths): Promise<string[]> {
  const holder = new UpLock(paths.lockFile).holder();
  const before = existsSync(paths.stateFile) ? new RunState(paths.stateFile).processes : [];
  // Its parts get 20 s each to end in peace, so it may take a while; killing it would only leave them to us.
  if (holder !== undefined) await stopProcess(holder, { graceMs: 120_000 });
  const state = new RunState(paths.stateFile);
  const orphans = await stopRecorded(state);
  state.remove();
  forgetAddresses(paths.envFile);
  return holder === undefined ? orphans : before.map(({ name }) => name);
}

export async function down(): Promise<void> {
  const stopped = await stopStack(stackPaths());
  process.stderr.write(
    stopped.length === 0 ? 'umbra: nothing was running\n' : `umbra: stopped ${stopped.join(', ')}\n`,
  );
}
