import type {
  OutdatedRows,
  PageKeeper,
  PoisonEvent,
  ShadowTransaction,
  StagedRow,
  StageFacts,
} from '@umbra/domain';
import { applyBatch } from '../apply/apply-batch.ts';
import { BATCH_RECORDS } from '../apply/apply-inputs.ts';
import { everyLock } from '../apply/held-locks.ts';
import type { Mirror } from '../mirror/mirror.ts';
import type { ImageShape, ReadFacts } from '../mirror/read-shape.ts';
import { statementOfStaged } from './row-encoder.ts';

export interface LandedRows {
  readonly rows: number;
  /** Of those that one statement could not decide, how many wait aside. */
  readonly parked: number;
  /** Records whose rows were older than their stamp claims. */
  readonly outdated: readonly string[];
}

/**
 * Rows of a full read on their way into the shadow, in the caller's transaction: staged by COPY, then what one statement
 * can decide, then the rest through the merge.
 * @param options.keeper takes the rows as they are staged
 * @param options.staged told how many rows came, before anything is written; what it throws ends the landing
 */
export async function landRows(
  mirror: Mirror,
  tx: ShadowTransaction,
  facts: ReadFacts<ImageShape>,
  rows: AsyncIterable<readonly StagedRow[]>,
  { keeper, staged }: { readonly keeper?: PageKeeper; readonly staged?: (rows: number) => void } = {},
): Promise<LandedRows> {
  const { shape, stamp, readAt } = facts;
  const stageFacts: StageFacts = {
    object: shape.object,
    stamp,
    schemaRev: shape.revision,
    leaves: shape.schema.stored,
    readAt,
  };
  const received = await tx.stage(stageFacts, rows, keeper);
  staged?.(received);
  const { left, outdated } = await tx.landStaged(stageFacts);
  const parked = await applyLeft(mirror, tx, facts, left);
  await applyOutdated(mirror, tx, facts, outdated);
  return { rows: received, parked, outdated: outdated.recordIds };
}

/** Rows that one statement could not decide, through the merge in batches. @returns how many of them wait aside */
async function applyLeft(
  mirror: Mirror,
  tx: ShadowTransaction,
  facts: ReadFacts<ImageShape>,
  left: AsyncIterable<readonly StagedRow[]>,
): Promise<number> {
  let aside = 0;
  for await (const rows of left) {
    for (let from = 0; from < rows.length; from += BATCH_RECORDS) {
      const inputs = rows.slice(from, from + BATCH_RECORDS).map((row) => statementOfStaged(facts, row));
      const batch = { object: facts.shape.object, inputs, revisit: [] };
      const outcome = await applyBatch(mirror, tx, batch, { held: everyLock });
      if (outcome.kind === 'locks-missing') throw new RangeError('a page holds every lock');
      aside += outcome.aside;
    }
  }
  return aside;
}

/**
 * Records whose rows came from a replica that lagged behind are neither left as they are nor given what it said: a gap
 * at the stamp makes them dirty, in this transaction, and a read by id above it puts them right.
 */
async function applyOutdated(
  mirror: Mirror,
  tx: ShadowTransaction,
  { shape: { object }, stamp }: ReadFacts<ImageShape>,
  { recordIds, since }: OutdatedRows,
): Promise<void> {
  for (let from = 0; from < recordIds.length; from += BATCH_RECORDS) {
    const inputs = recordIds.slice(from, from + BATCH_RECORDS).map((recordId): PoisonEvent => ({
      kind: 'poison',
      object,
      recordId,
      version: stamp,
      modifiedAt: since,
    }));
    const outcome = await applyBatch(mirror, tx, { object, inputs, revisit: [] }, { held: everyLock });
    if (outcome.kind === 'locks-missing') throw new RangeError('a page holds every lock');
  }
}
