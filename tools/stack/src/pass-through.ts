import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { exitCode, StackFailure } from './failure.ts';

/**
 * Runs a command in our place: same terminal, same folder, its exit code is ours.
 * @returns the exit code; 128 plus the signal's number when a signal ended it, as shells do
 * @throws StackFailure 69 when there is no such command
 */
export async function passThrough(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<number> {
  const child = spawn(command, args, { ...options, stdio: 'inherit' });
  // A Ctrl-C reaches the child through the terminal; a signal sent to us alone has to be handed on.
  const handOn = (signal: NodeJS.Signals) => child.kill(signal);
  const ignore = () => undefined;
  process.on('SIGTERM', handOn);
  process.on('SIGHUP', handOn);
  process.on('SIGINT', ignore);
  try {
    return await new Promise<number>((ended, failed) => {
      child.once('error', (error) =>
        failed(new StackFailure(`${command} cannot be run: ${error.message}`, exitCode.unavailable, error)),
      );
      child.once('exit', (code, signal) =>
        ended(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
      );
    });
  } finally {
    process.off('SIGTERM', handOn);
    process.off('SIGHUP', handOn);
    process.off('SIGINT', ignore);
  }
}
