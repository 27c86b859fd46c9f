import type { Condition, MirroredObjectName, StagedRow, Version } from '@umbra/domain';
import { readShape, type ReadShape } from '../mirror/read-shape.ts';
import type { ReconcileDeps } from './reconcile-deps.ts';
import { reconcileRows, type RowsOptions } from './reconcile-rows.ts';
import { stagedOfLeaves } from './staged-leaves.ts';

const ROWS_AT_ONCE = 1_000;

export interface RestRead {
  readonly stamp: Version;
  /** Source time at which it began. */
  readonly begunAt: Date;
  readonly rows: number;
}

export interface RowsByRestOptions extends Pick<RowsOptions, 'claimedUntil' | 'tally'> {
  readonly signal: AbortSignal;
  readonly maxRows?: number;
  readonly mergeAll?: boolean;
  /** Describe of just now, when the caller has asked already. */
  readonly shape?: ReadShape;
}

/** Rows by REST, stamped, compared and repaired. @throws UmbraError READ_LIVE_TOO_LARGE above `maxRows` */
export async function queryRows(
  deps: ReconcileDeps,
  object: MirroredObjectName,
  where: readonly Condition[],
  options: RowsByRestOptions,
): Promise<{ readonly again: readonly string[]; readonly read: RestRead }> {
  const { clock, mirror, records } = deps.backfill;
  const shape = options.shape ?? (await readShape(mirror, records, object));
  const stamp = await mirror.drawStamp(object);
  const fields = shape.schema.leaves.map(({ name }) => name);
  const { claimedUntil, mergeAll = false, signal, tally } = options;
  const bound = options.maxRows === undefined ? {} : { maxRows: options.maxRows };
  const sentAt = clock.monotonic();
  const answer = await records.select({ object, fields, where, all: true }, 'delta', { signal, ...bound });
  // Salesforce dates its answer; the statement ran before that.
  const begunAt = new Date(answer.at.getTime() - Math.ceil(clock.monotonic() - sentAt));
  const facts = { shape, stamp, readAt: begunAt.toISOString() };
  const projector = mirror.projector(object);
  const again: string[] = [];
  for (let from = 0; from < answer.rows.length; from += ROWS_AT_ONCE) {
    const rows: StagedRow[] = answer.rows
      .slice(from, from + ROWS_AT_ONCE)
      .map((leaves) => stagedOfLeaves(projector, leaves));
    again.push(...(await reconcileRows(deps, facts, rows, { claimedUntil, mergeAll, tally })));
  }
  return { again, read: { stamp, begunAt, rows: answer.rows.length } };
}
