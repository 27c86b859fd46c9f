/**
 * The processes of one stack.
 *
 * Promise: every process that we start is on record before anything else happens, so that `down` finds it even
 * when we are killed; they are stopped in the reverse order of their start, each by pid and start time; and the
 * unexpected end of one is told to whoever watches.
 * It does not restart anything: a part that dies has a reason, and hiding it helps nobody on a development machine.
 */
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { adoptChild, startChild, whyEnded, type ChildSpec, type RunningChild } from './child.ts';
import { exitCode, StackFailure } from './failure.ts';
import { isAlive, stopProcess } from './pids.ts';
import type { RecordedProcess, RunState } from './run-state.ts';

export interface PartOptions {
  readonly name: string;
  readonly ports?: Readonly<Record<string, number>>;
  /** PostgreSQL waits for its clients on SIGTERM and sends them away on SIGINT. */
  readonly stopSignal?: NodeJS.Signals;
}

export class Supervisor {
  readonly #state: RunState;
  readonly #logs: string;
  readonly #parts = new Map<string, RunningChild>();
  readonly #casualty = Promise.withResolvers<RunningChild>();
  #stopping = false;

  constructor(state: RunState, logs: string) {
    this.#state = state;
    this.#logs = logs;
  }

  /** Settles with the first part that ends although nobody stopped it. */
  get casualty(): Promise<RunningChild> {
    return this.#casualty.promise;
  }

  /**
   * Starts a part that is meant to stay.
   * @param start receives the log file and the hook to pass to `startChild`; returns once the part is ready
   */
  async start(
    options: PartOptions,
    start: (place: { logFile: string; born: NonNullable<ChildSpec['born']> }) => Promise<RunningChild>,
  ): Promise<RunningChild> {
    const child = await this.#recorded(options, start);
    this.#watch(child);
    return child;
  }

  /** Takes over a living part of an earlier supervisor, or returns undefined when there is none. */
  adopt(name: string): { child: RunningChild; ports: Readonly<Record<string, number>> } | undefined {
    const record = this.#state.processes.find((process) => process.name === name && isAlive(process));
    if (record === undefined) return undefined;
    const child = adoptChild(name, { pid: record.pid, startedAt: record.startedAt }, record.logFile);
    this.#watch(child);
    return { child, ports: record.ports ?? {} };
  }

  /**
   * Runs a command to its end.
   * @throws StackFailure with the command's own exit code and the end of its log
   */
  async runToEnd(spec: Omit<ChildSpec, 'logFile' | 'born'>): Promise<void> {
    const child = await this.#recorded({ name: spec.name }, (place) => startChild({ ...spec, ...place }));
    const ending = await child.exit;
    this.#state.forget(child.identity.pid);
    if (ending === 'exit code 0') return;
    const code = Number(/^exit code (\d+)$/.exec(ending)?.[1] ?? exitCode.unavailable);
    throw new StackFailure(`${spec.name} failed with ${whyEnded(child)}`, code);
  }

  /** Stops one part and forgets it. */
  async stop(name: string): Promise<void> {
    this.#parts.delete(name);
    await stopRecorded(this.#state, (process) => process.name === name);
  }

  /** Stops everything on record, last started first. */
  async stopAll(): Promise<void> {
    this.#stopping = true;
    await stopRecorded(this.#state);
  }

  async #recorded(
    options: PartOptions,
    start: (place: { logFile: string; born: NonNullable<ChildSpec['born']> }) => Promise<RunningChild>,
  ): Promise<RunningChild> {
    if (this.#stopping) throw new StackFailure('The stack is being stopped.', exitCode.interrupted);
    const logFile = join(this.#logs, `${options.name}.log`);
    if (existsSync(logFile)) renameSync(logFile, join(this.#logs, `${options.name}.previous.log`));
    const { ports, stopSignal = 'SIGTERM', name } = options;
    return start({
      logFile,
      born: (identity) => {
        this.#state.record({
          ...identity,
          name,
          logFile,
          stopSignal,
          ...(ports === undefined ? {} : { ports }),
        });
      },
    });
  }

  #watch(child: RunningChild): void {
    this.#parts.set(child.name, child);
    void child.exit.then(() => {
      if (!this.#stopping && this.#parts.get(child.name) === child) this.#casualty.resolve(child);
    });
  }
}

/**
 * Ends recorded processes, last started first, and crosses each off once it is gone.
 * @returns the names of those that were alive
 */
export async function stopRecorded(
  state: RunState,
  which: (process: RecordedProcess) => boolean = () => true,
): Promise<string[]> {
  const stopped: string[] = [];
  for (const process of state.processes.filter(which).reverse()) {
    const outcome = await stopProcess(process, { signal: process.stopSignal, graceMs: 20_000 });
    if (outcome !== 'gone') stopped.push(process.name);
    state.forget(process.pid);
  }
  return stopped;
}
