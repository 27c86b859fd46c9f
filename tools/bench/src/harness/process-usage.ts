import { readdirSync, readFileSync } from 'node:fs';

/** Ticks per second of `/proc/<pid>/stat`: USER_HZ, 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;

export interface Usage {
  /** User and system time of the processes and of their ended children, in seconds. */
  readonly cpuSeconds: number;
  /** Largest sum of resident memory seen by the sampler, in bytes. Shared pages count once per process. */
  readonly peakRssBytes: number;
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

function residentBytes(pid: number): number {
  try {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
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
  #peak = 0;
  #last = 0;

  constructor(root: number) {
    this.#root = root;
    this.#before = cpuSeconds(root);
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), 250);
  }

  #sample(): void {
    const members = tree(this.#root);
    this.#peak = Math.max(
      this.#peak,
      members.reduce((sum, pid) => sum + residentBytes(pid), 0),
    );
    const cpu = cpuSeconds(this.#root);
    if (cpu > 0) this.#last = cpu;
  }

  stop(): Usage {
    clearInterval(this.#timer);
    this.#sample();
    return { cpuSeconds: Math.max(0, this.#last - this.#before), peakRssBytes: this.#peak };
  }
}
