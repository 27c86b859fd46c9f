import type { Sample } from './contest.ts';
import { UsageWatch, type Usage } from './process-usage.ts';

/** Names of parts and the root of each one's process tree; a part that runs elsewhere is left out. */
export type Parts = Readonly<Record<string, number | undefined>>;

/** Watches on named process trees, until `stop`. */
export class Watches {
  readonly #watches = new Map<string, UsageWatch>();

  constructor(parts: Parts) {
    for (const [name, pid] of Object.entries(parts)) if (pid !== undefined) this.add(name, pid);
  }

  add(name: string, pid: number): void {
    this.#watches.set(name, new UsageWatch(pid));
  }

  stop(): Record<string, Usage> {
    return Object.fromEntries([...this.#watches].map(([name, watch]) => [name, watch.stop()]));
  }
}

/** Runs `work` under a stopwatch and a watch on each named process tree. */
export async function measured(
  parts: Parts,
  work: (watch: (name: string, pid: number) => void) => Promise<Pick<Sample, 'units' | 'figures'>>,
): Promise<Sample> {
  const watches = new Watches(parts);
  const started = performance.now();
  try {
    const result = await work((name, pid) => watches.add(name, pid));
    const seconds = (performance.now() - started) / 1000;
    return { seconds, usage: watches.stop(), ...result };
  } finally {
    watches.stop();
  }
}
