import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { prettyFactory } from 'pino-pretty';

/** Turns one line of a log into what a person reads. Lines that are no JSON stay as they are. */
export function lineFormatter(colour: boolean): (name: string, line: string) => string {
  const pretty = prettyFactory({
    colorize: colour,
    singleLine: true,
    messageKey: 'message',
    ignore: 'pid,hostname,service',
    translateTime: 'SYS:HH:MM:ss.l',
  });
  return (name, line) => {
    const text = line.startsWith('{') ? pretty(line).trimEnd() : line;
    return `${name.padEnd(10)}| ${text}\n`;
  };
}

/**
 * Follows log files and prints each complete line once. The processes write to the files themselves, so nothing is
 * lost or blocked when nobody follows.
 */
export class LogStream {
  readonly #files = new Map<string, FollowedFile>();
  readonly #print: (name: string, line: string) => void;
  readonly #timer: NodeJS.Timeout;

  constructor(print: (name: string, line: string) => void) {
    this.#print = print;
    this.#timer = setInterval(() => this.#poll(), 150);
    this.#timer.unref();
  }

  follow(name: string, file: string): void {
    this.#files.set(name, new FollowedFile(file));
  }

  /** Prints what is left and ends. */
  close(): void {
    clearInterval(this.#timer);
    this.#poll();
  }

  #poll(): void {
    for (const [name, file] of this.#files) {
      for (const line of file.newLines()) this.#print(name, line);
    }
  }
}

class FollowedFile {
  readonly #path: string;
  readonly #decoder = new StringDecoder('utf8');
  #offset = 0;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  newLines(): string[] {
    const text = this.#rest + this.#decoder.write(this.#newBytes());
    const lines = text.split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }

  #newBytes(): Buffer {
    let handle: number;
    try {
      handle = openSync(this.#path, 'r');
    } catch {
      return Buffer.alloc(0);
    }
    try {
      const { size } = fstatSync(handle);
      // Replaced by a fresh start of the same part.
      if (size < this.#offset) this.#offset = 0;
      const bytes = Buffer.alloc(size - this.#offset);
      const read = readSync(handle, bytes, 0, bytes.length, this.#offset);
      this.#offset += read;
      return bytes.subarray(0, read);
    } finally {
      closeSync(handle);
    }
  }
}
