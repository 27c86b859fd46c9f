import { readdirSync, readFileSync } from 'node:fs';

/** Ticks per second of `/proc/<pid>/stat`: USER_HZ, 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;
const SAMPLE_MS = 250;

export interface Usage {
  /** User and system time of the processes and of their ended children, in seconds. */
  readonly cpuSeconds: number;
  /** Largest resident memory seen by the sampler, in bytes. What the processes share counts once. */
  readonly peakRssBytes: number;
  /** Resident memory by second, in bytes. */
  readonly rssBySecond: readonly number[];
}

interface Stat {
  readonly parent: number;
  readonly ticks: number;
}

function stat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name stands in parentheses and may hold anything, so count from its end.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at] ?? 0), 0);
    return { parent: Number(fields[1]), ticks };
  } catch {
    return undefined; // ended meanwhile
  }
}

/** Bytes that only the process has, that it maps from files, and that it shares with others. */
function resident(pid: number): { readonly own: number; readonly file: number; readonly shared: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const bytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1024;
    return { own: bytes('RssAnon'), file: bytes('RssFile'), shared: bytes('RssShmem') };
  } catch {
    return { own: 0, file: 0, shared: 0 };
  }
}

/** Shared memory and program files of a family are one and the same: the largest share stands for all. */
function residentBytes(pids: readonly number[]): number {
  const all = pids.map(resident);
  const most = (part: 'file' | 'shared'): number => Math.max(0, ...all.map((each) => each[part]));
  return all.reduce((sum, { own }) => sum + own, 0) + most('file') + most('shared');
}

/** The process and everything below it. */
function tree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const found = stat(pid);
    if (found) parents.set(pid, found.parent);
  }
  const members = [root];
  for (const member of members) {
    for (const [pid, parent] of parents) if (parent === member) members.push(pid);
  }
  return members;
}

export function parentOf(pid: number): number | undefined {
  return stat(pid)?.parent;
}

function cpuSeconds(root: number): number {
  return tree(root).reduce((sum, pid) => sum + (stat(pid)?.ticks ?? 0), 0) / TICKS_PER_SECOND;
}

/**
 * Watches a process tree: CPU time as a difference of counters, memory by sampling four times a second.
 * The processor time of children that end in between reaches us through their parent, which waited for them.
 */
export class UsageWatch {
  readonly #root: number;
  readonly #before: number;
  readonly #timer: NodeJS.Timeout;
  readonly #samples: number[] = [];
  #last = 0;

  constructor(root: number) {
    this.#root = root;
    this.#before = cpuSeconds(root);
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  #sample(): void {
    this.#samples.push(residentBytes(tree(this.#root)));
    const cpu = cpuSeconds(this.#root);
    if (cpu > 0) this.#last = cpu;
  }

  stop(): Usage {
    clearInterval(this.#timer);
    this.#sample();
    return {
      cpuSeconds: Math.max(0, this.#last - this.#before),
      peakRssBytes: Math.max(...this.#samples),
      rssBySecond: this.#samples.filter((_, at) => at % (1_000 / SAMPLE_MS) === 0),
    };
  }
}

/**
 * How fast memory grows, in bytes per minute: the slope of the line of least squares. The first third is left out,
 * in which caches fill and the compiler warms up; undefined for less than ten seconds behind it.
 */
export function growthPerMinute(rssBySecond: readonly number[]): number | undefined {
  const values = rssBySecond.slice(Math.ceil(rssBySecond.length / 3));
  if (values.length < 10) return undefined;
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [covariance, variance] = [0, 0];
  for (const [at, value] of values.entries()) {
    covariance += (at - middle) * (value - mean);
    variance += (at - middle) ** 2;
  }
  return (covariance / variance) * 60;
}
