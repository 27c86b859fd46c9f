import {
  UmbraError,
  type BulkPage,
  type Condition,
  type MirroredObjectName,
  type StagedRow,
} from '@umbra/domain';
import type { BackfillDeps } from '../backfill/backfill-deps.ts';
import { completedJob } from '../backfill/bulk-job.ts';
import { discardPage, walkPages } from '../backfill/page-chain.ts';
import { RowEncoder } from '../backfill/row-encoder.ts';
import { tidyAway } from '../backfill/slice-job.ts';
import { throwIfStopped } from '../backfill/stop.ts';
import { readShape, type ReadFacts } from '../mirror/read-shape.ts';

/** Rows handed on together: enough to pay for a statement, few enough to be held several times over. */
const CHUNK = 1_000;

/** A complete stamped read of some rows of an object. */
export interface BulkRead {
  readonly facts: ReadFacts;
  /** Source time at which it began. */
  readonly begunAt: Date;
  readonly rows: number;
}

/**
 * Reads rows of an object by one Bulk job, deleted ones included, stamped before the job is asked for. A page that
 * breaks is read again from its start, so rows may be handed on twice; that does no harm to a merge.
 * @throws UmbraError SF_BULK_ROW_COUNT when another number of rows came than was promised; what had come is merged,
 *   and nothing is proven by it @throws Stopped
 */
export async function readByBulk(
  deps: BackfillDeps,
  object: MirroredObjectName,
  where: readonly Condition[],
  signal: AbortSignal,
  take: (facts: ReadFacts, rows: readonly StagedRow[]) => Promise<void>,
): Promise<BulkRead> {
  const { mirror } = deps;
  const shape = await readShape(mirror, deps.records, object);
  const stamp = await mirror.drawStamp(object);
  const fields = shape.schema.leaves.map(({ name }) => name);
  const job = await deps.bulk.create({ object, fields, where }, 'queryAll');
  const facts: ReadFacts = { shape, stamp, readAt: job.createdAt.toISOString() };
  const { numberRecordsProcessed: promised } = await completedJob(deps, job.id, signal, () => undefined);
  let received = 0;
  await walkPages(deps, {
    jobId: job.id,
    landed: new Map(),
    signal,
    take: async (_locator, page) => {
      // Pages come side by side: the sum is read when this one has ended, not before.
      const rows = await takePage(deps, facts, page, signal, take).finally(() => discardPage(page));
      received += rows;
    },
  });
  await tidyAway(deps, job.id);
  if (received !== promised) {
    throw new UmbraError('SF_BULK_ROW_COUNT', 'the read to compare with is incomplete', {
      details: { object, promised, received },
    });
  }
  return { facts, begunAt: job.createdAt, rows: received };
}

async function takePage(
  { mirror }: BackfillDeps,
  facts: ReadFacts,
  page: BulkPage,
  signal: AbortSignal,
  take: (facts: ReadFacts, rows: readonly StagedRow[]) => Promise<void>,
): Promise<number> {
  const encoder = new RowEncoder(facts.shape, page.columns, mirror.projector(facts.shape.object));
  let received = 0;
  let pending: StagedRow[] = [];
  for await (const rows of page.batches) {
    throwIfStopped(signal);
    received += rows.length;
    for (const row of rows) pending.push(encoder.encode(row));
    if (pending.length < CHUNK) continue;
    const chunk = pending;
    pending = [];
    await take(facts, chunk);
  }
  if (pending.length > 0) await take(facts, pending);
  return received;
}
