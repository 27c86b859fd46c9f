import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from './pids.ts';

/**
 * One supervisor per checkout. The lock names its holder with start time, so that a lock left by a killed
 * supervisor is seen to be nobody's.
 */
export class UpLock {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** @returns the living holder, or undefined when the lock is free or was left behind */
  holder(): ProcessIdentity | undefined {
    try {
      const identity = JSON.parse(readFileSync(this.#file, 'utf8')) as ProcessIdentity;
      return isAlive(identity) ? identity : undefined;
    } catch {
      return undefined;
    }
  }

  /** @returns whether we hold it now; false when another supervisor does */
  take(): boolean {
    mkdirSync(dirname(this.#file), { recursive: true });
    const draft = `${this.#file}.${process.pid}.partial`;
    writeFileSync(draft, JSON.stringify(identify(process.pid)), { mode: 0o600 });
    try {
      // A link appears with its whole content or not at all, and never over an existing file.
      linkSync(draft, this.#file);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (this.holder() !== undefined) return false;
      // Left behind. Two processes may get here together: the last rename wins and the other one sees it.
      renameSync(draft, this.#file);
      return this.holder()?.pid === process.pid;
    } finally {
      rmSync(draft, { force: true });
    }
  }

  release(): void {
    if (this.holder()?.pid === process.pid) rmSync(this.#file, { force: true });
  }
}
