import { laneOf, type PendingChange } from '@umbra/domain';

/**
 * Which of the changes that wait a transaction takes. Lanes and streams take turns in what is looked at, and only within a
 * lane and stream do changes stand behind each other: to wait for the one that is sought to come to the front of all would
 * mean to wait for the other streams to run dry. None: all.
 */
export type Choice = (changes: readonly PendingChange[]) => readonly PendingChange[];

const placeOf = ({ object, recordId, streamId }: PendingChange): string =>
  `${laneOf(object, recordId)} ${streamId}`;

/** Everything but the changes of these records and what stands behind them. */
export function without(movers: ReadonlySet<string>): Choice {
  return (changes) => {
    const ended = new Set<string>();
    return changes.filter((change) => {
      const place = placeOf(change);
      if (movers.has(change.recordId)) ended.add(place);
      return !ended.has(place);
    });
  };
}

/** A change of one of these records that nothing stands before. */
export function frontOf(
  changes: readonly PendingChange[],
  movers: ReadonlySet<string>,
): PendingChange | undefined {
  const passed = new Set<string>();
  for (const change of changes) {
    const place = placeOf(change);
    if (movers.has(change.recordId) && !passed.has(place)) return change;
    passed.add(place);
  }
  return undefined;
}

export function only(wanted: PendingChange): Choice {
  return (changes) => changes.filter((change) => isSameChange(change, wanted));
}

/**
 * The first so many of the stream whose next change is the oldest. One that fails stays where it is while the other streams
 * go on, so its stream becomes the oldest.
 */
export function firstOfOldest(most: number): Choice {
  return (changes) => {
    const heads = new Map<number, PendingChange>();
    for (const change of changes) if (!heads.has(change.streamId)) heads.set(change.streamId, change);
    const oldest = [...heads.values()].reduce<PendingChange | undefined>(
      (first, head) => (first === undefined || head.committedAt < first.committedAt ? head : first),
      undefined,
    );
    return changes.filter(({ streamId }) => streamId === oldest?.streamId).slice(0, most);
  };
}

export function isSameChange(a: PendingChange, b: PendingChange): boolean {
  return (
    a.streamId === b.streamId &&
    a.streamSeq === b.streamSeq &&
    a.object === b.object &&
    a.recordId === b.recordId
  );
}
