import type { MergeInput, MirroredObjectName, ShadowTransaction } from '@umbra/domain';
import type { Mirror } from '../mirror/mirror.ts';
import { applyBatch, type AppliedBatch, type BatchOptions, type BatchOutcome } from './apply-batch.ts';
import { byRecord, type Batch } from './batch.ts';
import { namedSkus } from './sku-claims.ts';
import { dropCached } from './touched.ts';

/** Records per transaction: long enough to pay for its commit, short enough that others wait little for its locks. */
export const BATCH_RECORDS = 500;

/** After so many attempts with ever more SKU locks, all of them are taken. */
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
  let skus: ReadonlySet<string> = batch.object === 'Product2' ? namedSkus(mirror, batch.inputs) : new Set();
  for (let attempt = 1; ; attempt++) {
    const held = attempt > LOCK_ATTEMPTS || options.rewrite === true ? 'all' : skus;
    const outcome = await mirror.revisions.having(() =>
      mirror.store.transaction((tx) => locked(mirror, tx, batch, { ...options, held })),
    );
    if (outcome.kind === 'applied') {
      await dropCached(mirror, outcome.touched);
      return outcome;
    }
    skus = new Set([...skus, ...outcome.skus]);
  }
}

async function locked(
  mirror: Mirror,
  tx: ShadowTransaction,
  batch: Batch,
  options: BatchOptions,
): Promise<BatchOutcome> {
  if (batch.object === 'Product2') {
    if (options.held === 'all') await tx.lockAllSkus();
    else await tx.lockSkus([...options.held].sort());
  }
  return applyBatch(mirror, tx, batch, options);
}
