import { readFileSync } from 'node:fs';

/** One look at a run, of a kind that is bounded. */
export interface Sample {
  readonly atMs: number;
  /** Resident bytes by process. */
  readonly rss: Readonly<Record<string, number>>;
  readonly connections: number;
  readonly redisBytes: number;
}

export interface Bounds {
  readonly rss: number;
  readonly connections: number;
  readonly redisBytes: number;
}

const MB = 1024 ** 2;

/** Of one process, of all programs at PostgreSQL, of Redis. Far above what is needed, far below what would hurt. */
export const bounds: Bounds = { rss: 700 * MB, connections: 90, redisBytes: 64 * MB };

/** Did anything grow beyond its bound? @returns what speaks against it */
export function overgrown(samples: readonly Sample[], within: Bounds = bounds): string[] {
  const found = new Set<string>();
  for (const { connections, redisBytes, rss } of samples) {
    for (const [name, bytes] of Object.entries(rss))
      if (bytes > within.rss) found.add(`${name} held more than ${within.rss / MB} MB`);
    if (connections > within.connections) found.add(`more than ${within.connections} connections`);
    if (redisBytes > within.redisBytes) found.add(`Redis held more than ${within.redisBytes / MB} MB`);
  }
  return [...found];
}

/** Highest resident size that was seen, in bytes. */
export function peak(samples: readonly Sample[]): number {
  return Math.max(0, ...samples.flatMap(({ rss }) => Object.values(rss)));
}

/** Resident bytes of a process; undefined once it is gone, or where the system does not tell. */
export function residentBytes(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
