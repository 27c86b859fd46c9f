import { laneOf, LANES, mirroredObjectNames, type MirroredObjectName, type RecordLane } from '@umbra/domain';

/**
 * Locks that a transaction holds before it looks at a row. What a batch touches is known for certain only after its
 * merge (a product gives up a SKU that no statement names, its prices wait in other lanes), so a batch says what it
 * lacks, is set back, and is done again with that.
 */
export interface HeldLocks {
  readonly skus: HeldSkus;
  readonly lanes: HeldLanes;
}

/** SKU locks: these, or every one there is. */
export type HeldSkus = 'all' | ReadonlySet<string>;

/** Lanes of records: these, or every one there is. */
export type HeldLanes = 'all' | readonly RecordLane[];

/** Nothing was written: the transaction holds too little. */
export interface LocksMissing {
  readonly kind: 'locks-missing';
  readonly skus: readonly string[];
  /** Lanes of records that would move because of this batch. */
  readonly lanes: readonly RecordLane[];
  /** Records of the batch that would move them. */
  readonly movers: readonly string[];
}

export const everyLock: HeldLocks = { skus: 'all', lanes: 'all' };

export const everyLane: readonly RecordLane[] = mirroredObjectNames.flatMap((object) =>
  Array.from({ length: LANES }, (_, lane) => ({ object, lane })),
);

export function holdsSku({ skus }: HeldLocks, sku: string): boolean {
  return skus === 'all' || skus.has(sku);
}

export function holdsRecord({ lanes }: HeldLocks, object: MirroredObjectName, recordId: string): boolean {
  if (lanes === 'all') return true;
  const lane = laneOf(object, recordId);
  return lanes.some((one) => one.lane === lane && one.object === object);
}

export function lanesOf(object: MirroredObjectName, recordIds: Iterable<string>): readonly RecordLane[] {
  const lanes = new Set(Array.from(recordIds, (recordId) => laneOf(object, recordId)));
  return [...lanes].map((lane) => ({ object, lane }));
}

/** Stored changes of any object in one lane. */
export function ownLane(lane: number): readonly RecordLane[] {
  return mirroredObjectNames.map((object) => ({ object, lane }));
}

/** What is held, and what was lacking. */
export function withMissing(held: HeldLocks, missing: LocksMissing): HeldLocks {
  return {
    skus: held.skus === 'all' ? 'all' : new Set([...held.skus, ...missing.skus]),
    lanes: held.lanes === 'all' ? 'all' : [...held.lanes, ...missing.lanes],
  };
}
