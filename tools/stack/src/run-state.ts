import { rmSync } from 'node:fs';
import type { ProcessIdentity } from './pids.ts';
import { readJsonFile, writePrivateFile } from './private-file.ts';

/** One process that was started on behalf of `up`. Written the moment it exists, so that `down` can end it. */
export interface RecordedProcess extends ProcessIdentity {
  readonly name: string;
  readonly logFile: string;
  readonly stopSignal: NodeJS.Signals;
  /** Where it listens, for parts that a later `up` may take over. */
  readonly ports?: Readonly<Record<string, number>>;
}

interface StateContents {
  /** In order of start; the end of the list is stopped first. */
  readonly processes: readonly RecordedProcess[];
  /** What a person is told once everything is ready; absent while starting. */
  readonly summary?: string;
}

/**
 * `.umbra/run.json`: the memory of which processes are ours. It outlives a supervisor that was killed.
 */
export class RunState {
  readonly #file: string;
  #contents: StateContents;

  constructor(file: string) {
    this.#file = file;
    this.#contents = (readJsonFile(file) as StateContents | undefined) ?? { processes: [] };
  }

  get processes(): readonly RecordedProcess[] {
    return this.#contents.processes;
  }

  get summary(): string | undefined {
    return this.#contents.summary;
  }

  record(process: RecordedProcess): void {
    this.#write({ ...this.#contents, processes: [...this.#contents.processes, process] });
  }

  forget(pid: number): void {
    const processes = this.#contents.processes.filter((process) => process.pid !== pid);
    this.#write({ ...this.#contents, processes });
  }

  announce(summary: string): void {
    this.#write({ ...this.#contents, summary });
  }

  /** Another start begins: what was said about the last one no longer holds. */
  retract(): void {
    this.#write({ processes: this.#contents.processes });
  }

  remove(): void {
    this.#contents = { processes: [] };
    rmSync(this.#file, { force: true });
  }

  #write(contents: StateContents): void {
    this.#contents = contents;
    writePrivateFile(this.#file, JSON.stringify(contents, null, 2));
  }
}
