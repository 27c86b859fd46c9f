import { UmbraError, type BulkPage, type LandedPage, type StagedRow } from '@umbra/domain';
import { dropCachedObject } from '../apply/touched.ts';
import type { ReadFacts } from '../mirror/read-shape.ts';
import type { BackfillDeps } from './backfill-deps.ts';
import { landRows } from './land-rows.ts';
import { discardPage } from './page-chain.ts';
import { BodyConsumed, retryingPage } from './page-retry.ts';
import { RowEncoder } from './row-encoder.ts';
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
  const { shape } = task.facts;
  const encoder = new RowEncoder(shape, page.columns, mirror.projector(shape.object));
  let consumed = false;
  const { outdated, ...counts } = await mirror.store.transaction(async (tx) => {
    if (consumed) throw new BodyConsumed();
    consumed = true;
    const keeper = mirror.kept?.page();
    const { rows, parked, outdated } = await landRows(
      mirror,
      tx,
      task.facts,
      encoded(page, encoder, task.signal),
      {
        ...(keeper === undefined ? {} : { keeper }),
        staged: (received) => {
          if (received !== page.promised) throw wrongCount(page.promised, received);
        },
      },
    );
    const note: LandedPage = { locator, nextLocator: page.next, rows };
    const landing = { landed: rows - parked, parked };
    const first = await deps.runs.pageLanded(tx, task.run, task.slice, deps.owner, note, landing);
    if (!first) throw new LandedBefore();
    await keeper?.store(tx, task.run, task.slice, note, outdated);
    return { rows, parked, outdated: outdated.length };
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
