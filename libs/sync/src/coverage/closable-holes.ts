import {
  NO_VERSION,
  type Clock,
  type CoverageLedger,
  type Hole,
  type MirroredObjectName,
  type StreamLog,
  type Version,
} from '@umbra/domain';

interface Deps {
  readonly ledger: CoverageLedger;
  readonly streams: Pick<StreamLog, 'streams' | 'undecoded'>;
}

/** What a complete read proves, whatever kind of read it is. */
export interface Reach {
  readonly stamp: Version;
  /** Source time up to which it shows every commit. */
  readonly through: Date;
  /** The same instant by our clock: holes are dated by that when they are opened. */
  readonly seenUntil: Date;
  /** Source time from which on; null: from the beginning. */
  readonly from: Date | null;
}

const MOST_UNREAD = 10_000;

/** Up to when, by our clock, a read that shows everything up to this source time has seen what there was. */
export function seenUntil(
  { backfill: { clock }, sourceTime = (ours) => ours }: SourceTimeDeps,
  through: Date,
): Date {
  const ours = clock.now();
  return new Date(through.getTime() - (sourceTime(ours).getTime() - ours.getTime()));
}

interface SourceTimeDeps {
  readonly backfill: { readonly clock: Pick<Clock, 'now'> };
  readonly sourceTime?: (ours: Date) => Date;
}

/**
 * Holes of this object that the read reaches over; that of a silence too, which the read has looked behind. The hole of
 * an event that nobody can read stays open while one of them came later than the read reaches.
 */
export async function closableBy(
  deps: Deps,
  object: MirroredObjectName,
  reach: Reach,
): Promise<{ readonly ids: readonly bigint[]; readonly unread: boolean }> {
  const unread = await hasUnread(deps, object, reach.through);
  const holes = (await deps.ledger.openHoles()).filter(
    (hole) => hole.object === object && isClosedBy(hole, reach) && (hole.cause !== 'undecodable' || !unread),
  );
  return { ids: holes.map(({ id }) => id), unread };
}

export function isClosedBy({ from, openedAt, scope, version }: Hole, reach: Reach): boolean {
  return (
    scope === 'object' &&
    openedAt <= reach.seenUntil &&
    (version ?? NO_VERSION) <= reach.stamp &&
    (reach.from === null || reach.from <= from)
  );
}

/** Opens the hole again when such an event came while the one that it found open was being closed. */
export async function noteUnread(
  deps: Deps,
  object: MirroredObjectName,
  through: Date,
  unreadBefore: boolean,
): Promise<void> {
  if (unreadBefore || !(await hasUnread(deps, object, through))) return;
  const cause = 'undecodable';
  await deps.ledger.open({ object, scope: 'object', recordId: null, cause, from: through, version: null });
}

/**
 * Whether an event that nobody can read came later than the read reaches. Such events share one hole, so its opening
 * tells of the first of them only.
 */
async function hasUnread({ streams }: Deps, object: MirroredObjectName, through: Date): Promise<boolean> {
  const topics = (await streams.streams()).filter(({ objects }) => objects.includes(object));
  const ids = new Set(topics.map(({ streamId }) => streamId));
  const waiting = await streams.undecoded(MOST_UNREAD);
  // So many that the newest are not among them: there may be one.
  if (waiting.length === MOST_UNREAD) return true;
  return waiting.some(({ receivedAt, streamId }) => ids.has(streamId) && receivedAt > through);
}
