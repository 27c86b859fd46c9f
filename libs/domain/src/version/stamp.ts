import { decodeVersion, encodeVersion, MAX_SEQUENCE, type Version } from './version.ts';

/** Version of a change event, from its header. */
export function eventVersion(epoch: number, commitNumber: bigint, sequenceNumber: number): Version {
  return encodeVersion({ epoch, commitNumber, sequenceNumber, rank: 0, readSeq: 0n });
}

/**
 * The stamp of a read: a position such that every commit at or below it is certainly visible to that read.
 *
 * Too low is safe, since events above it apply again and win. Too high is not: a later event would be discarded. So
 * the position must have been stored durably well before the read is sent, and without any such position the stamp is
 * the bottom of the epoch, where every event of the epoch wins.
 *
 * @param position highest commit number known to be visible; undefined when no stream of this epoch is that old yet
 * @param readSeq drawn before the read is sent
 */
export function readStamp(epoch: number, position: bigint | undefined, readSeq: bigint): Version {
  return encodeVersion({
    epoch,
    commitNumber: position ?? 0n,
    sequenceNumber: MAX_SEQUENCE,
    rank: 1,
    readSeq,
  });
}

/**
 * The stamp of a read that answers a gap: never below that gap, or it could not resolve it.
 * @param atLeast version of the gap
 */
export function readStampAtLeast(
  atLeast: Version,
  epoch: number,
  position: bigint | undefined,
  readSeq: bigint,
): Version {
  const low = readStamp(epoch, position, readSeq);
  if (low > atLeast) return low;
  const gap = decodeVersion(atLeast);
  return readStamp(gap.epoch, gap.commitNumber, readSeq);
}
