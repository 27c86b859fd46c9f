import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Commit } from './commit.ts';
import type { History } from './history.ts';

/** Changes kept in memory before the older half of them goes to the file. */
const TAIL_CHANGES = 20_000;
/** Every so many commits the file's position is noted, so that a reader in the middle need not start at the top. */
const MARK_EVERY = 256;
const READ_BYTES = 1 << 18;
const LINE_FEED = 10;

export interface HistoryOptions {
  /** Folder for the file; default a temporary one, removed by `close`. */
  readonly dataDir: string | undefined;
  readonly tailChanges?: number;
}

interface SpillFile {
  readonly descriptor: number;
  /** What `close` removes: the file, or the temporary folder around it. */
  readonly remove: string;
}

/** Several orgs may live in one process. */
let opened = 0;

/** Files of simulators that were killed: nobody can read them any more, and they may be large. */
function removeOrphans(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(/^history-(\d+)-\d+\.ndjson$/.exec(name)?.[1] ?? process.pid);
    if (pid !== process.pid && !isAlive(pid)) rmSync(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: alive, and another user's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** The history: newest commits in memory, the older ones as JSON lines in a file. */
export class HistoryLog implements History {
  readonly #tailChanges: number;
  readonly #dataDir: string | undefined;
  #tail: Commit[] = [];
  #tailSize = 0;
  #length = 0;
  #spilled = 0;
  #file: SpillFile | undefined;
  #bytes = 0;
  /** Byte position of commit `i * MARK_EVERY + 1`. */
  readonly #marks: number[] = [];

  constructor(options: HistoryOptions) {
    this.#dataDir = options.dataDir;
    this.#tailChanges = options.tailChanges ?? TAIL_CHANGES;
  }

  get length(): number {
    return this.#length;
  }

  /** Commits that are in the file by now. */
  get spilled(): number {
    return this.#spilled;
  }

  get last(): Commit | undefined {
    return this.#tail.at(-1);
  }

  append(commit: Commit): void {
    this.#tail.push(commit);
    this.#tailSize += commit.changes.length;
    this.#length += 1;
    if (this.#tailSize > this.#tailChanges) this.#spill();
  }

  *commits(from = 1): Generator<Commit, void> {
    let next = Math.max(1, from);
    while (next <= this.#length) {
      if (next > this.#spilled) {
        const commit = this.#tail[next - this.#spilled - 1];
        if (commit === undefined) return;
        next += 1;
        yield commit;
      } else {
        for (const commit of this.#read(next)) {
          next = commit.seq + 1;
          yield commit;
        }
      }
    }
  }

  /** The file goes with the org that it tells of. */
  close(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file.descriptor);
    rmSync(this.#file.remove, { recursive: true, force: true });
    this.#file = undefined;
  }

  /** The older part of the tail goes out; the newest commit always stays, for `last`. */
  #spill(): void {
    const file = (this.#file ??= this.#open());
    const keep = Math.max(1, Math.floor(this.#tail.length / 2));
    const leaving = this.#tail.slice(0, this.#tail.length - keep);
    let text = '';
    for (const commit of leaving) {
      if ((commit.seq - 1) % MARK_EVERY === 0) {
        this.#write(file.descriptor, text);
        text = '';
        this.#marks.push(this.#bytes);
      }
      text += `${encodeCommit(commit)}\n`;
    }
    this.#write(file.descriptor, text);
    this.#spilled += leaving.length;
    this.#tail = this.#tail.slice(leaving.length);
    this.#tailSize = this.#tail.reduce((sum, commit) => sum + commit.changes.length, 0);
  }

  #write(descriptor: number, text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    let done = 0;
    while (done < bytes.length) done += writeSync(descriptor, bytes, done);
    this.#bytes += bytes.length;
  }

  #open(): SpillFile {
    if (this.#dataDir === undefined) {
      const folder = mkdtempSync(join(tmpdir(), 'umbra-simulator-'));
      return { descriptor: openSync(join(folder, 'history.ndjson'), 'w+'), remove: folder };
    }
    mkdirSync(this.#dataDir, { recursive: true });
    removeOrphans(this.#dataDir);
    const path = join(this.#dataDir, `history-${process.pid}-${++opened}.ndjson`);
    return { descriptor: openSync(path, 'w+'), remove: path };
  }

  /** Commits from the file as it is at the start of the call. */
  *#read(from: number): Generator<Commit, void> {
    const file = this.#file;
    if (file === undefined) return;
    const end = this.#bytes;
    let position = this.#marks[Math.floor((from - 1) / MARK_EVERY)] ?? 0;
    const chunk = Buffer.allocUnsafe(READ_BYTES);
    let rest: Buffer[] = [];
    while (position < end) {
      const count = readSync(file.descriptor, chunk, 0, Math.min(READ_BYTES, end - position), position);
      if (count === 0) return;
      position += count;
      let start = 0;
      for (
        let feed = chunk.indexOf(LINE_FEED);
        feed >= 0 && feed < count;
        feed = chunk.indexOf(LINE_FEED, start)
      ) {
        const line = Buffer.concat([...rest, chunk.subarray(start, feed)]).toString('utf8');
        rest = [];
        start = feed + 1;
        const commit = decodeCommit(line);
        if (commit.seq >= from) yield commit;
      }
      if (start < count) rest.push(Buffer.from(chunk.subarray(start, count)));
    }
  }
}

/** A commit as one JSON text; the 19-digit number travels as a string. */
export function encodeCommit(commit: Commit): string {
  return JSON.stringify({ ...commit, commitNumber: commit.commitNumber.toString() });
}

export function decodeCommit(text: string): Commit {
  const raw = JSON.parse(text) as Omit<Commit, 'commitNumber'> & { commitNumber: string };
  return { ...raw, commitNumber: BigInt(raw.commitNumber) };
}
