import type { CoverageInterval, Hole } from '../ports/coverage-ledger.ts';

/** What is known of one object's coverage. */
export interface CoverageFacts {
  readonly intervals: readonly Pick<CoverageInterval, 'from' | 'to'>[];
  readonly holes: readonly Pick<Hole, 'scope' | 'from' | 'closedAt'>[];
  /** `commitTimestamp` of the oldest change stored and not yet applied; ISO 8601. */
  readonly oldestUnapplied: string | null;
}

/** Commit times have whole seconds: a commit stamped with second s may lie anywhere in it. */
const RESOLUTION_MS = 1000;

/**
 * End of the unbroken chain of intervals that begins at the beginning: each starts no later than the chain so far
 * ends. Undefined when nothing proves the beginning.
 */
export function chainEnd(intervals: CoverageFacts['intervals']): Date | undefined {
  const sorted = intervals.toSorted((a, b) => startOf(a) - startOf(b));
  let end = -Infinity;
  for (const interval of sorted) {
    if (startOf(interval) > end) break;
    end = Math.max(end, interval.to.getTime());
  }
  return end === -Infinity ? undefined : new Date(end);
}

function startOf({ from }: Pick<CoverageInterval, 'from'>): number {
  return from === null ? -Infinity : from.getTime();
}

/**
 * The instant up to which every commit on the object is represented in the shadow, records listed as exceptions
 * (dirty, without image, parked) left out. Rounding and doubt go towards earlier: a claim too modest costs a read,
 * a claim too bold is a lie.
 */
export function coveredThrough(facts: CoverageFacts): Date | undefined {
  const end = chainEnd(facts.intervals);
  if (end === undefined) return undefined;
  const bounds = [end.getTime()];
  for (const hole of facts.holes) {
    if (hole.scope === 'object' && hole.closedAt === null) bounds.push(hole.from.getTime());
  }
  if (facts.oldestUnapplied !== null) bounds.push(Date.parse(facts.oldestUnapplied) - RESOLUTION_MS);
  return new Date(Math.min(...bounds));
}
