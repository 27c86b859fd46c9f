import {
  childOf,
  mirroredObjects,
  placeRecord,
  type MirroredObjectName,
  type PlacedRecord,
  type RecordRef,
  type ShadowTransaction,
  type TouchedRecord,
} from '@umbra/domain';
import type { Mirror } from '../mirror/mirror.ts';
import { byRecord, mergeRecords, sameHome, type Batch, type BatchRecord } from './batch.ts';
import { holdsRecord, lanesOf, type HeldLocks, type LocksMissing } from './held-locks.ts';
import { decideSkus, namedSkus } from './sku-claims.ts';
import { imageOf } from './touched.ts';

/** What a batch did to the shadow; the cache is told after the commit. */
export interface AppliedBatch {
  readonly touched: readonly TouchedRecord[];
  /** Records written, in either home, those included that moved because of another one. */
  readonly written: number;
  /** Of the batch's own records, how many wait aside now, tombstones included. */
  readonly aside: number;
  /** The batch's own records and their rivals, as they were and as they are. */
  readonly merged: readonly BatchRecord[];
  /** Records of lanes that are not held whose parent has arrived: only with `arrivals: 'later'`. */
  readonly returning: readonly RecordRef[];
}

export type BatchOutcome =
  | ({ readonly kind: 'applied' } & AppliedBatch)
  /** Do it again, in another transaction, with these. */
  | LocksMissing;

export interface BatchOptions {
  readonly held: HeldLocks;
  /** Write placed records even if neither state nor home changed: their columns may have. */
  readonly rewrite?: boolean;
  /** What becomes of children that waited for a parent, in lanes that are not held: their lanes are asked for, or they are told. */
  readonly arrivals?: 'ask' | 'later';
}

/**
 * Merges one batch into the shadow, inside the caller's transaction.
 *
 * Promise: afterwards every record of the batch, and every record whose home depends on one of them, is where its
 * merged state says. A product that leaves its table takes its prices aside first, in this transaction, so that the
 * foreign key's cascade never meets live state; one that arrives brings back the prices that waited for it, or says which
 * are to be brought back.
 *
 * Locks are taken in one order: lanes and SKUs (by the caller), parents, records by key, children by key. A batch that
 * would move records of lanes that it does not hold writes nothing and says which.
 */
export async function applyBatch(
  mirror: Mirror,
  tx: ShadowTransaction,
  batch: Batch,
  options: BatchOptions,
): Promise<BatchOutcome> {
  const { object } = batch;
  const inputs = byRecord(batch.inputs);
  const revisit = new Set(batch.revisit);
  const named =
    mirroredObjects[object].uniqueColumn === undefined ? new Set<string>() : claimed(mirror, batch, options);
  const { fetched, rivals } = await knownRivals(tx, named, options.held);
  await lockParents(tx, batch);
  const ids = new Set([...inputs.keys(), ...revisit, ...rivals]);
  const merged = await mergeRecords(mirror, tx, object, [...ids], inputs, revisit);

  let records: readonly BatchRecord[] = merged;
  let winsKey: (record: BatchRecord) => boolean = () => true;
  if (mirroredObjects[object].uniqueColumn !== undefined) {
    const outcome = await decideSkus(mirror, tx, merged, fetched, options.held);
    if (outcome.kind === 'locks-missing') return outcome;
    records = outcome.records;
    winsKey = outcome.wins;
  }
  const deciding = records.filter(({ decide }) => decide);
  const present = await parentsPresent(tx, object, deciding);
  const placed = deciding.map((record) => ({
    record,
    to: placeRecord(record.state, record.projection, {
      winsKey: winsKey(record),
      parentInMain: present(record),
    }),
  }));
  const own = placed.filter(
    ({ record, to }) =>
      options.rewrite === true ||
      record.state !== record.before?.state ||
      !sameHome(record.before?.home, to.home),
  );
  const children = await moveChildren(mirror, tx, object, own, options);
  if ('kind' in children) return children;
  const writes = [...own, ...children.moved];
  if (writes.length > 0) await tx.write(writes.map(({ to }) => to));
  const homes = new Map(placed.map(({ record, to }) => [record.recordId, to.home]));
  const aside = merged.filter(
    ({ recordId, before }) => inputs.has(recordId) && (homes.get(recordId) ?? before?.home)?.kind === 'aside',
  );
  return {
    kind: 'applied',
    touched: writes.map(({ record, to }) => touchedBy(mirror, record, to)),
    written: writes.length,
    aside: aside.length,
    merged,
    returning: children.returning,
  };
}

interface Placed {
  readonly record: BatchRecord;
  readonly to: PlacedRecord;
}

/** SKUs whose claimants are loaded together with the batch, in one sweep in key order. */
function claimed(mirror: Mirror, batch: Batch, { held: { skus } }: BatchOptions): ReadonlySet<string> {
  return skus === 'all' ? namedSkus(mirror, batch.inputs) : skus;
}

/**
 * Claimants that may be loaded together with the batch. A SKU with one in a lane that is not held is left to the
 * decision, which asks for that lane only if the SKU is really contested.
 */
async function knownRivals(
  tx: ShadowTransaction,
  named: ReadonlySet<string>,
  held: HeldLocks,
): Promise<{ readonly fetched: ReadonlySet<string>; readonly rivals: readonly string[] }> {
  if (named.size === 0) return { fetched: named, rivals: [] };
  const claimants = await tx.claimants([...named]);
  const foreign = new Set(
    claimants.filter(({ recordId }) => !holdsRecord(held, 'Product2', recordId)).map(({ sku }) => sku),
  );
  return {
    fetched: new Set([...named].filter((sku) => !foreign.has(sku))),
    rivals: claimants.filter(({ sku }) => !foreign.has(sku)).map(({ recordId }) => recordId),
  };
}

/** Keeps the parents that the statements name from leaving, before any row of the batch itself is locked. */
async function lockParents(tx: ShadowTransaction, { object, inputs }: Batch): Promise<void> {
  const { parent } = mirroredObjects[object];
  if (parent === undefined) return;
  const keys = new Set<string>();
  for (const input of inputs) {
    const key = 'leaves' in input ? input.leaves[parent.leaf] : null;
    if (typeof key === 'string') keys.add(key);
  }
  if (keys.size > 0) await tx.presentInMain(parent.object, [...keys].sort());
}

async function parentsPresent(
  tx: ShadowTransaction,
  object: MirroredObjectName,
  records: readonly BatchRecord[],
): Promise<(record: BatchRecord) => boolean> {
  const { parent } = mirroredObjects[object];
  if (parent === undefined) return () => true;
  const keys = new Set(records.map(({ projection }) => projection.parentKey).filter((key) => key !== null));
  const present =
    keys.size === 0 ? new Set<string>() : await tx.presentInMain(parent.object, [...keys].sort());
  return ({ projection }) => projection.parentKey !== null && present.has(projection.parentKey);
}

interface Children {
  readonly moved: readonly Placed[];
  readonly returning: readonly RecordRef[];
}

/** Prices of products that leave their table, and prices that waited for products that arrive in it. */
async function moveChildren(
  mirror: Mirror,
  tx: ShadowTransaction,
  object: MirroredObjectName,
  placed: readonly Placed[],
  { arrivals, held }: BatchOptions,
): Promise<Children | LocksMissing> {
  const child = childOf(object);
  const moving = new Map<string, boolean>();
  for (const { record, to } of placed) {
    const wasThere = record.before?.home.kind === 'main';
    const isThere = to.home.kind === 'main';
    if (wasThere !== isThere) moving.set(record.recordId, isThere);
  }
  if (child === undefined || moving.size === 0) return { moved: [], returning: [] };
  const affected = (await tx.childrenOf(object, [...moving.keys()].sort())).filter(
    ({ parentId, home }) => (home.kind === 'main') !== moving.get(parentId),
  );
  const isHeld = ({ recordId }: { recordId: string }): boolean => holdsRecord(held, child.name, recordId);
  const mayWait = ({ parentId }: { parentId: string }): boolean =>
    arrivals === 'later' && moving.get(parentId) === true;
  const foreign = affected.filter((one) => !isHeld(one));
  const missing = foreign.filter((one) => !mayWait(one));
  if (missing.length > 0) {
    const lanes = lanesOf(
      child.name,
      missing.map(({ recordId }) => recordId),
    );
    return { kind: 'locks-missing', skus: [], lanes, movers: missing.map(({ parentId }) => parentId) };
  }
  const ids = new Set(affected.filter(isHeld).map(({ recordId }) => recordId));
  const records = await mergeRecords(mirror, tx, child.name, [...ids], new Map(), ids);
  const moved = records
    .map((record) => {
      const parentInMain = moving.get(record.projection.parentKey ?? '') === true;
      return { record, to: placeRecord(record.state, record.projection, { winsKey: true, parentInMain }) };
    })
    .filter(({ record, to }) => !sameHome(record.before?.home, to.home));
  return { moved, returning: foreign.map(({ recordId }) => ({ object: child.name, recordId })) };
}

function touchedBy(
  mirror: Mirror,
  { before, recordId, state }: BatchRecord,
  to: PlacedRecord,
): TouchedRecord {
  return {
    object: state.object,
    recordId,
    before: before?.home.kind === 'main' ? imageOf(mirror, before.state) : null,
    after: 'columns' in to ? { columns: to.columns, leaves: state.leaves } : null,
  };
}
