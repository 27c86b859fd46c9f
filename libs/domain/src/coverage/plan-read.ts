import type { CoverageInterval, Hole, HoleCause } from '../ports/coverage-ledger.ts';
import { chainEnd } from './covered.ts';

/**
 * Which read closes the holes of an object. The cheapest one that is sufficient: a delta where every change moved a
 * modification stamp, a full read where values may have changed without one, nothing where the stream repairs itself.
 */
export type CoverageRead =
  | { readonly kind: 'none' }
  /** Everything that was committed after this instant; closes together with an id sweep. */
  | { readonly kind: 'delta'; readonly provenUntil: Date }
  | { readonly kind: 'full' };

/** How a cause is repaired. `record`: by reads of single records, wherever the rest stands. */
const repairs: Readonly<Record<HoleCause, 'stream' | 'delta' | 'full' | 'record'>> = {
  // A resume at the stored position delivers what came meanwhile; when it is refused, that is a hole of its own. One from
  // before the stream began anew is not reached by it any more: that takes what the refused position does.
  'stream-silent': 'stream',
  // What the bus has forgotten moved its stamps.
  'replay-rejected': 'delta',
  // Another numbering, perhaps another org: nothing of before is proven.
  'epoch-raised': 'full',
  overflow: 'delta',
  // A type conversion rewrites values without touching stamps.
  wildcard: 'full',
  'schema-changed': 'full',
  undecodable: 'delta',
  'operator-skip': 'delta',
  gap: 'record',
  poison: 'record',
};

/** The longest transactions are those that overflow: their records may carry stamps of an hour before. */
const OVERFLOW_REACH_MS = 60 * 60 * 1000;

/** Whether no read is needed: the resume of the stream delivers what may be missing. @see planRead */
export function isLeftToStream({ cause, from }: Hole, streamFrom: Date | undefined): boolean {
  return repairs[cause] === 'stream' && (streamFrom === undefined || from >= streamFrom);
}

/**
 * @param holes open ones of one object
 * @param readUntil up to when reads alone prove the object, whatever the stream says; undefined: nothing does
 * @param streamFrom since when the present stream proves the object; undefined: it has not begun yet
 */
export function planRead(
  holes: readonly Hole[],
  readUntil: Date | undefined,
  streamFrom?: Date,
): CoverageRead {
  const own = holes.filter((hole) => hole.scope === 'object' && !isLeftToStream(hole, streamFrom));
  if (own.length === 0) return { kind: 'none' };
  if (readUntil === undefined || own.some(({ cause }) => !['delta', 'stream'].includes(repairs[cause])))
    return { kind: 'full' };
  const instants = own.map(({ cause, from }) => {
    switch (cause) {
      case 'replay-rejected':
      case 'stream-silent':
        // The stream of before may have lost events in silence; only what was read counts across a break.
        return Math.min(from.getTime(), readUntil.getTime());
      case 'overflow':
        return from.getTime() - OVERFLOW_REACH_MS;
      default:
        return from.getTime();
    }
  });
  return { kind: 'delta', provenUntil: new Date(Math.min(...instants)) };
}

/** Whether the resume of a silent stream repairs it, or a delta that has come past it. */
export function isClosedByStream({ cause }: Hole): boolean {
  return repairs[cause] === 'stream';
}

/**
 * Up to when complete reads alone prove the object: what the stream has lost in silence is not behind it. A break of
 * the bus leaves the proof of reads standing; after one of the numbering a full read is asked for anyway.
 */
export function readThrough(intervals: readonly CoverageInterval[]): Date | undefined {
  const reads = intervals.filter(({ via }) => via !== 'stream');
  const epochs = [...new Set(reads.map(({ epoch }) => epoch))].sort((a, b) => b - a);
  for (const epoch of epochs) {
    const end = chainEnd(reads.filter((one) => one.epoch === epoch));
    if (end !== undefined) return end;
  }
  return undefined;
}
