import {
  UmbraError,
  type BulkPage,
  type LandedPage,
  type OutdatedRows,
  type PoisonEvent,
  type ShadowTransaction,
  type StagedRow,
  type StageFacts,
} from '@umbra/domain';
import { applyBatch } from '../apply/apply-batch.ts';
import { BATCH_RECORDS } from '../apply/apply-inputs.ts';
import { dropCachedObject } from '../apply/touched.ts';
import type { ReadFacts } from '../mirror/read-shape.ts';
import type { BackfillDeps } from './backfill-deps.ts';
import { discardPage } from './page-chain.ts';
import { BodyConsumed, retryingPage } from './page-retry.ts';
import { RowEncoder, statementOfStaged } from './row-encoder.ts';
import { throwIfStopped } from './stop.ts';

/**
 * Lands one result set: staged by COPY, then what one statement can decide, then the rest record by record through
 * the merge, then the note that the page has landed. All in one transaction: after a crash the page has landed or has
 * not, and landing it again changes nothing.
 */
export interface PageTask {
  readonly run: string;
  readonly slice: number;
  readonly facts: ReadFacts;
  readonly signal: AbortSignal;
}

export interface PageCounts {
  readonly rows: number;
  readonly parked: number;
}

/** The page is in the shadow already; nothing of this transaction may be counted twice. */
class LandedBefore extends Error {}

/**
 * @param again fetches the page anew
 * @returns undefined when somebody else had landed the page
 * @throws UmbraError of the last attempt @throws Stopped
 */
export async function landPage(
  deps: BackfillDeps,
  task: PageTask,
  locator: string,
  page: BulkPage,
  again: () => Promise<BulkPage>,
): Promise<PageCounts | undefined> {
  try {
    return await retryingPage(deps, task.signal, async (attempt) => {
      const fetched = attempt === 1 ? page : await again();
      return landOnce(deps, task, locator, fetched).finally(() => discardPage(fetched));
    });
  } catch (error) {
    if (error instanceof LandedBefore) return undefined;
    throw error;
  }
}

async function landOnce(
  deps: BackfillDeps,
  task: PageTask,
  locator: string,
  page: BulkPage,
): Promise<PageCounts> {
  const { mirror } = deps;
  const { shape, stamp, readAt } = task.facts;
  const encoder = new RowEncoder(shape, page.columns, mirror.projector(shape.object));
  const stageFacts: StageFacts = {
    object: shape.object,
    stamp,
    schemaRev: shape.revision,
    leaves: shape.schema.stored,
    readAt,
  };
  let consumed = false;
  const { outdated, ...counts } = await mirror.store.transaction(async (tx) => {
    if (consumed) throw new BodyConsumed();
    consumed = true;
    const rows = await tx.stage(stageFacts, encoded(page, encoder, task.signal));
    if (rows !== page.promised) throw wrongCount(page.promised, rows);
    const { left, outdated: outdatedRows } = await tx.landStaged(stageFacts);
    const parked = await applyLeft(deps, tx, task.facts, left);
    await applyOutdated(deps, tx, task.facts, outdatedRows);
    const note: LandedPage = { locator, nextLocator: page.next, rows };
    const landing = { landed: rows - parked, parked };
    const first = await deps.runs.pageLanded(tx, task.run, task.slice, deps.owner, note, landing);
    if (!first) throw new LandedBefore();
    return { rows, parked, outdated: outdatedRows.recordIds.length };
  });
  if (outdated > 0) {
    deps.guard.requeued(outdated);
    mirror.log.warn(
      { object: shape.object, read: outdated },
      'rows are older than their stamp; read again by id',
    );
  }
  await dropCachedObject(mirror, shape.object);
  return counts;
}

/** Rows that one statement could not decide, through the merge in batches. @returns how many of them wait aside */
async function applyLeft(
  deps: BackfillDeps,
  tx: ShadowTransaction,
  facts: ReadFacts,
  left: AsyncIterable<readonly StagedRow[]>,
): Promise<number> {
  let aside = 0;
  for await (const rows of left) {
    for (let from = 0; from < rows.length; from += BATCH_RECORDS) {
      const inputs = rows.slice(from, from + BATCH_RECORDS).map((row) => statementOfStaged(facts, row));
      const batch = { object: facts.shape.object, inputs, revisit: [] };
      const outcome = await applyBatch(deps.mirror, tx, batch, { held: 'all' });
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
  deps: BackfillDeps,
  tx: ShadowTransaction,
  { shape: { object }, stamp }: ReadFacts,
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
    const outcome = await applyBatch(deps.mirror, tx, { object, inputs, revisit: [] }, { held: 'all' });
    if (outcome.kind === 'locks-missing') throw new RangeError('a page holds every lock');
  }
}

async function* encoded(
  page: BulkPage,
  encoder: RowEncoder,
  signal: AbortSignal,
): AsyncGenerator<readonly StagedRow[]> {
  for await (const batch of page.batches) {
    throwIfStopped(signal);
    yield encodeRows(batch, encoder);
  }
}

function encodeRows(rows: readonly (readonly string[])[], encoder: RowEncoder): readonly StagedRow[] {
  try {
    return rows.map((row) => encoder.encode(row));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UmbraError('SF_RESPONSE_INVALID', 'a value in a Bulk page cannot be read as its type', {
      cause,
    });
  }
}

function wrongCount(promised: number, received: number): UmbraError {
  return new UmbraError('SF_BULK_ROW_COUNT', 'a page ended with another number of rows than it promised', {
    details: { promised, received },
  });
}
