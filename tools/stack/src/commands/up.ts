import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { exitCode, StackFailure } from '../failure.ts';
import { lineFormatter, LogStream } from '../log-stream.ts';
import { repositoryRoot, stackPaths } from '../paths.ts';
import { isAlive } from '../pids.ts';
import { RunState } from '../run-state.ts';
import { agreedScale, type Scale } from '../simulated-org.ts';
import { UpLock } from '../up-lock.ts';
import { superviseStack } from '../up-session.ts';

export interface UpFlags {
  readonly detach: boolean;
  readonly scale?: Scale;
}

/** What a detached supervisor tells the command that started it. */
type Word =
  | { readonly kind: 'say'; readonly line: string }
  | { readonly kind: 'ready'; readonly summary: string }
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: number };

export async function up(flags: UpFlags): Promise<void> {
  const paths = stackPaths();
  agreedScale(paths.data, flags.scale);
  if (new UpLock(paths.lockFile).holder() !== undefined) return joinRunning(flags);
  if (flags.detach) return startDetached(flags);
  const format = lineFormatter(process.stdout.isTTY);
  const logs = new LogStream((name, line) => process.stdout.write(format(name, line)));
  try {
    const supervised = await superviseStack({
      paths,
      environment: process.env,
      ...(flags.scale === undefined ? {} : { scale: flags.scale }),
      say: tell,
      follow: (name, file) => logs.follow(name, file),
      ready: (summary) => process.stdout.write(summary),
    });
    if (!supervised) await joinRunning(flags);
  } finally {
    logs.close();
  }
}

/** The body of a detached supervisor. Its words go to the command that started it, as long as that listens. */
export async function supervise(scale: Scale | undefined): Promise<void> {
  const send = (word: Word) => {
    if (process.connected) process.send?.(word);
  };
  try {
    const supervised = await superviseStack({
      paths: stackPaths(),
      environment: process.env,
      ...(scale === undefined ? {} : { scale }),
      say: (line) => {
        tell(line);
        send({ kind: 'say', line });
      },
      follow: () => undefined,
      ready: (summary) => {
        send({ kind: 'ready', summary });
        // From now on nobody waits for us, and an open channel would keep the other side from ending.
        if (process.connected) process.disconnect();
      },
    });
    if (!supervised)
      throw new StackFailure('Another ./umbra up was faster. Run ./umbra up again to join it.');
  } catch (error) {
    const message = error instanceof StackFailure ? error.message : String(error);
    send({ kind: 'failed', message, exitCode: error instanceof StackFailure ? error.exitCode : 1 });
    throw error;
  } finally {
    if (process.connected) process.disconnect();
  }
}

async function startDetached(flags: UpFlags): Promise<void> {
  const { logs } = stackPaths();
  mkdirSync(logs, { recursive: true });
  const log = openSync(join(logs, 'supervisor.log'), 'a', 0o600);
  const scale = flags.scale === undefined ? [] : ['--scale', flags.scale];
  const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts'), 'supervise', ...scale], {
    cwd: repositoryRoot,
    env: process.env,
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const stop = () => child.kill('SIGTERM');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  await new Promise<void>((settle, fail) => {
    child.on('message', (word: Word) => {
      if (word.kind === 'say') tell(word.line);
      if (word.kind === 'failed') fail(new StackFailure(word.message, word.exitCode));
      if (word.kind === 'ready') {
        process.stdout.write(word.summary);
        settle();
      }
    });
    child.once('error', fail);
    child.once('exit', (code, signal) =>
      fail(
        new StackFailure(`The supervisor ended (${signal ?? code}); see ${join(logs, 'supervisor.log')}.`),
      ),
    );
  });
  child.unref();
}

/** Another supervisor of this checkout is at work: wait until it is ready, say what it said, and follow its logs. */
async function joinRunning(flags: UpFlags): Promise<void> {
  const { lockFile, stateFile, logs } = stackPaths();
  const holder = new UpLock(lockFile).holder();
  tell('this checkout is already up, or coming up');
  let state = new RunState(stateFile);
  while (state.summary === undefined) {
    if (holder === undefined || !isAlive(holder)) {
      throw new StackFailure(`The other ./umbra up ended; see ${logs}.`, exitCode.unavailable);
    }
    await pause(200);
    state = new RunState(stateFile);
  }
  process.stdout.write(state.summary);
  if (flags.detach || holder === undefined) return;
  tell('following its logs; Ctrl-C ends only that, ./umbra down stops the stack');
  const format = lineFormatter(process.stdout.isTTY);
  const stream = new LogStream((name, line) => process.stdout.write(format(name, line)));
  for (const { name, logFile } of state.processes) stream.follow(name, logFile);
  while (isAlive(holder)) await pause(500);
  stream.close();
}

function tell(line: string): void {
  process.stderr.write(`umbra: ${line}\n`);
}
