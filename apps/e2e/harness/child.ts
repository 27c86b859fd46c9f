import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { compileCache, endedWithUs } from '@umbra/testing/servers';

/** A program under test, known by its pid, with everything it printed. */
export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  #output = '';
  readonly #closed: Promise<number | NodeJS.Signals>;
  readonly #listeners = new Set<() => void>();

  /** @param args script and arguments for Node, from the root of the repository */
  constructor(name: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.name = name;
    this.process = spawn(process.execPath, ['--enable-source-maps', ...args], {
      env: { ...compileCache(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endedWithUs(this.process);
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        for (const tell of this.#listeners) tell();
      });
    }
    this.#closed = once(this.process, 'close').then(([code, signal]) => {
      for (const tell of this.#listeners) tell();
      return (code as number | null) ?? (signal as NodeJS.Signals);
    });
  }

  get output(): string {
    return this.#output;
  }

  /** Exit code, or the signal that ended it. */
  exited(): Promise<number | NodeJS.Signals> {
    return this.#closed;
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Resolves with the first output that matches. @throws Error when the program ends without it */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (!this.running)
        throw new Error(`${this.name} ended without printing ${String(pattern)}:\n${this.#output}`);
      await new Promise<void>((resolve) => {
        const tell = (): void => {
          this.#listeners.delete(tell);
          resolve();
        };
        this.#listeners.add(tell);
      });
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** @param signal SIGTERM asks, SIGKILL does not */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    if (this.running) this.process.kill(signal);
    return this.#closed;
  }

  /** Asks, also when it was suspended, and does not wait for ever for the answer. */
  async end(graceMs = 20_000): Promise<void> {
    if (!this.running) return;
    this.process.kill('SIGTERM');
    this.process.kill('SIGCONT');
    const killing = setTimeout(() => this.process.kill('SIGKILL'), graceMs);
    await this.#closed;
    clearTimeout(killing);
  }
}
