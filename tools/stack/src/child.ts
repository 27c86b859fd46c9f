import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { StackFailure } from './failure.ts';
import { identify, isAlive, stopProcess, type ProcessIdentity } from './pids.ts';

export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly logFile: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Called the moment the process exists, before anything can go wrong with it or with us. */
  readonly born?: (identity: ProcessIdentity) => void;
}

/** A process that outlives us when we crash, with everything needed to find and stop it again. */
export interface RunningChild {
  readonly name: string;
  readonly identity: ProcessIdentity;
  readonly logFile: string;
  /** What made it end, or undefined while it runs. */
  ended(): string | undefined;
  /** Settles when it ends, for whatever reason. */
  readonly exit: Promise<string>;
}

/**
 * Starts a process in a session of its own, so that a Ctrl-C in the terminal reaches only the supervisor, which
 * stops the parts in order. Its output goes straight to a file: no pipe of ours can fill up or break.
 * @throws StackFailure 69 when the program cannot be executed
 */
export async function startChild(spec: ChildSpec): Promise<RunningChild> {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, 'a', 0o600);
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    env: spec.env,
    detached: true,
    stdio: ['ignore', log, log],
    ...(spec.uid === undefined ? {} : { uid: spec.uid }),
    ...(spec.gid === undefined ? {} : { gid: spec.gid }),
  });
  closeSync(log);
  const identity = identityOf(child.pid);
  if (child.pid !== undefined) spec.born?.(identity);
  let ending: string | undefined;
  const exit = new Promise<string>((settle) => {
    child.once('exit', (code, signal) => {
      ending = signal === null ? `exit code ${code}` : `signal ${signal}`;
      settle(ending);
    });
  });
  await new Promise<void>((started, failed) => {
    child.once('spawn', () => started());
    child.once('error', (error) =>
      failed(new StackFailure(`${spec.name} cannot be started: ${error.message}`)),
    );
  });
  child.unref();
  return { name: spec.name, identity, logFile: spec.logFile, ended: () => ending, exit };
}

/** A process that ended before it could be looked at gets an identity that no living one has. */
function identityOf(pid: number | undefined): ProcessIdentity {
  return (pid === undefined ? undefined : identify(pid)) ?? { pid: pid ?? 0, startedAt: 'ended at once' };
}

/** A process from an earlier run, seen from outside. */
export function adoptChild(name: string, identity: ProcessIdentity, logFile: string): RunningChild {
  const seen = () => (isAlive(identity) ? undefined : 'ended');
  return {
    name,
    identity,
    logFile,
    ended: seen,
    exit: new Promise((settle) => {
      const watch = setInterval(() => {
        if (seen() === undefined) return;
        clearInterval(watch);
        settle('ended');
      }, 500);
      watch.unref();
    }),
  };
}

/** Leaves no process behind when it started but never became ready. */
export async function stoppedOnFailure<T>(child: RunningChild, becomeReady: () => Promise<T>): Promise<T> {
  try {
    return await becomeReady();
  } catch (error) {
    await stopProcess(child.identity, { signal: 'SIGINT', graceMs: 5_000 });
    throw error;
  }
}

/** How it ended and its last words, or undefined while it runs. */
export function whyEnded(child: RunningChild): string | undefined {
  const ending = child.ended();
  return ending === undefined ? undefined : `${ending}\n${tailOf(child.logFile, 15)}`;
}

/** The end of a log, for the person who asks why a process died. */
export function tailOf(file: string, lines: number): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}
