import type { MergeInput, MirroredObjectName, ShadowTransaction } from '@umbra/domain';
import type { Mirror } from '../mirror/mirror.ts';
import { applyBatch, type AppliedBatch } from './apply-batch.ts';
import { byRecord, toldNews, type Batch } from './batch.ts';
import { everyLane, everyLock, lanesOf, withMissing, type HeldLocks } from './held-locks.ts';
import { namedSkus } from './sku-claims.ts';
import { dropCached } from './touched.ts';

/** Records per transaction: long enough to pay for its commit, short enough that others wait little for its locks. */
export const BATCH_RECORDS = 500;

/** After so many attempts with ever more locks, all of them are taken. */
const LOCK_ATTEMPTS = 3;

export interface ApplyResult {
  readonly written: number;
  readonly aside: number;
}

/**
 * Merges statements about records of one object into the shadow, in transactions of up to 500 records, and drops what
 * the caches held of them after each commit. Safe to repeat: statements that say nothing new write nothing.
 */
export async function applyInputs(
  mirror: Mirror,
  object: MirroredObjectName,
  inputs: readonly MergeInput[],
): Promise<ApplyResult> {
  const grouped = byRecord(inputs);
  const ids = [...grouped.keys()].sort();
  let written = 0;
  let aside = 0;
  for (let from = 0; from < ids.length; from += BATCH_RECORDS) {
    const batchInputs = ids.slice(from, from + BATCH_RECORDS).flatMap((id) => grouped.get(id) ?? []);
    const applied = await applyInOwnTransaction(mirror, { object, inputs: batchInputs, revisit: [] });
    written += applied.written;
    aside += applied.aside;
  }
  return { written, aside };
}

/** One batch, one transaction, then the caches. */
export async function applyInOwnTransaction(
  mirror: Mirror,
  batch: Batch,
  options: { readonly rewrite?: boolean } = {},
): Promise<AppliedBatch> {
  const ids = [...batch.inputs.map(({ recordId }) => recordId), ...batch.revisit];
  let held: HeldLocks = {
    skus:
      options.rewrite === true
        ? 'all'
        : batch.object === 'Product2'
          ? namedSkus(mirror, batch.inputs)
          : new Set(),
    lanes: lanesOf(batch.object, ids),
  };
  for (let attempt = 1; ; attempt++) {
    const outcome = await mirror.revisions.having(() =>
      mirror.store.transaction(async (tx) => {
        await lock(tx, held, batch.object);
        const applied = await applyBatch(mirror, tx, batch, { ...options, held });
        if (applied.kind === 'applied') await keepNews(mirror, tx, batch, applied);
        return applied;
      }),
    );
    if (outcome.kind === 'applied') {
      await dropCached(mirror, outcome.touched);
      return outcome;
    }
    held = attempt >= LOCK_ATTEMPTS ? everyLock : withMissing(held, outcome);
  }
}

/**
 * Keeps the reads that told something: the log has the rest, and a rebuild without those would come to older values. A
 * read that told nothing new adds nothing to what is kept already.
 */
async function keepNews(
  { kept }: Mirror,
  tx: ShadowTransaction,
  { inputs }: Batch,
  { merged }: AppliedBatch,
): Promise<void> {
  if (kept === undefined) return;
  const told = new Set(merged.filter(toldNews).map(({ recordId }) => recordId));
  await kept.keep(
    tx,
    inputs.filter(({ recordId }) => told.has(recordId)),
  );
}

/** Takes the locks that a transaction is to hold, lanes before SKUs: everybody does so in this order. */
export async function lock(
  tx: ShadowTransaction,
  { lanes, skus }: HeldLocks,
  object?: MirroredObjectName,
): Promise<void> {
  await tx.lockLanes(lanes === 'all' ? everyLane : lanes);
  if (object !== undefined && object !== 'Product2') return;
  if (skus === 'all') await tx.lockAllSkus();
  else await tx.lockSkus([...skus].sort());
}
