import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProgramOptions {
  readonly name: string;
  /** Script and arguments for Node, from the root of the repository. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What it prints goes to `<folder>/<name>.log`. */
  readonly folder: string;
  /** Where its processor profile goes when it ends; none without. */
  readonly profiles?: string;
}

/** Enough for a report; a program that prints for minutes must not fill our memory. */
const KEPT_CHARACTERS = 65_536;
const STOP_MS = 30_000;

/** A program under test: a process of its own, whose output is kept in a file. */
export class Program {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #log: WriteStream;
  readonly #closed: Promise<number | NodeJS.Signals>;
  readonly #listeners = new Set<() => void>();
  #output = '';
  /** Of the output, what went to standard output. */
  #answer = '';

  constructor({ args, env, folder, name, profiles }: ProgramOptions) {
    this.name = name;
    mkdirSync(folder, { recursive: true });
    this.#log = createWriteStream(join(folder, `${name}.log`));
    const profiler =
      profiles === undefined
        ? []
        : ['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${name}.cpuprofile`];
    this.#child = spawn(process.execPath, [...profiler, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log.write(text);
        if (stream === this.#child.stdout) this.#answer = (this.#answer + text).slice(-KEPT_CHARACTERS);
        this.#output = (this.#output + text).slice(-KEPT_CHARACTERS);
        for (const tell of this.#listeners) tell();
      });
    }
    this.#closed = once(this.#child, 'close').then(([code, signal]) => {
      this.#log.end();
      for (const tell of this.#listeners) tell();
      return (code as number | null) ?? (signal as NodeJS.Signals);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The end of what it printed. */
  get output(): string {
    return this.#output;
  }

  /** Resolves with the first output that matches. @throws Error when it ends without */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (!this.running) throw new Error(`${this.name} ended:\n${this.#output}`);
      await new Promise<void>((resolve) => {
        const tell = (): void => {
          this.#listeners.delete(tell);
          resolve();
        };
        this.#listeners.add(tell);
      });
    }
  }

  /** What it printed to standard output, once it has ended well. @throws Error when it ends with another code than 0 */
  async succeeded(): Promise<string> {
    const code = await this.#closed;
    if (code !== 0) throw new Error(`${this.name} ended with ${code}:\n${this.#output}`);
    return this.#answer;
  }

  /** Asks it to end, and after half a minute no longer asks. */
  async stop(): Promise<void> {
    if (this.running) this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.#closed;
    clearTimeout(late);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** @throws Error when it ends, or does not answer well within a minute */
export async function untilHealthy(program: Program, url: string): Promise<void> {
  const until = performance.now() + 60_000;
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return;
    if (!program.running || performance.now() > until)
      throw new Error(`${program.name} is not ready:\n${program.output.slice(-4_000)}`);
    await sleep(100);
  }
}
