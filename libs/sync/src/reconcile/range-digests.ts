import type { MirroredObjectName, RangeDigest, RecordRange } from '@umbra/domain';
import { conditionsOf } from '../backfill/bulk-job.ts';
import { throwIfStopped } from '../backfill/stop.ts';
import { readByBulk } from './bulk-rows.ts';
import { reconcileTuningOf, type ReconcileDeps } from './reconcile-deps.ts';
import { reconcileRows } from './reconcile-rows.ts';
import { queryRows } from './rest-rows.ts';
import type { Tally } from './tally.ts';

export interface RangesCompared {
  /** Ranges of which a digest was compared. */
  readonly compared: number;
  /** Ranges whose rows were read, because their digests differed. */
  readonly opened: number;
  readonly again: readonly string[];
}

interface RangesOptions {
  readonly claimedUntil: string | null;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/** Into how many ranges one that differs is cut. */
const CUT_INTO = 4;

/**
 * Compares number and newest modification of the records range by range, and reads the rows of those ranges only in
 * which they differ. It finds what moved a count or a newest time; a row that changed below them is for the deep
 * comparison. Where many ranges differ they are read by Bulk, neighbours together.
 */
export async function compareRanges(
  deps: ReconcileDeps,
  object: MirroredObjectName,
  options: RangesOptions,
): Promise<RangesCompared> {
  const { digestRows, openPercent, openRows } = reconcileTuningOf(deps);
  const ranges = await deps.comparison.rangesOf(object, digestRows);
  const first = await differing(deps, object, ranges, options.signal);
  options.tally.compared += first.records;
  let compared = ranges.length;
  let opened = 0;
  const again: string[] = [];
  const reading = async (rows: Promise<readonly string[]>): Promise<void> => {
    opened++;
    again.push(...(await rows));
  };
  if (ranges.length > 1 && first.ranges.length * 100 > ranges.length * openPercent) {
    for (const range of neighboursJoined(first.ranges))
      await reading(readRange(deps, object, range, options));
    return { compared, opened, again };
  }
  let pending = first.ranges;
  while (pending.length > 0) {
    const wide: Unequal[] = [];
    for (const one of pending) {
      if (Math.max(one.here, one.there) > openRows) wide.push(one);
      else await reading(queryRange(deps, object, one, options));
    }
    const parts: RecordRange[] = [];
    for (const one of wide) {
      const cut = await deps.comparison.rangesOf(object, Math.ceil(Math.max(1, one.here) / CUT_INTO), one);
      // The records are Salesforce's alone, so there is nothing here to cut by.
      if (cut.length < 2) await reading(readRange(deps, object, one, options));
      else parts.push(...cut);
    }
    compared += parts.length;
    pending = (await differing(deps, object, parts, options.signal)).ranges;
  }
  return { compared, opened, again };
}

interface Unequal extends RecordRange {
  readonly here: number;
  readonly there: number;
}

async function differing(
  { backfill: { records }, comparison }: ReconcileDeps,
  object: MirroredObjectName,
  ranges: readonly RecordRange[],
  signal: AbortSignal,
): Promise<{ readonly ranges: readonly Unequal[]; readonly records: number }> {
  const there: RangeDigest[] = [];
  for (const range of ranges) {
    throwIfStopped(signal);
    there.push(await records.digest(object, conditionsOf(range, null), 'delta'));
  }
  const here = await comparison.digests(object, ranges);
  const unequal = ranges.flatMap((range, i): Unequal[] => {
    const [one, other] = [here[i], there[i]];
    if (one === undefined || other === undefined) return [];
    if (one.count === other.count && one.newest === other.newest) return [];
    return [{ ...range, here: one.count, there: other.count }];
  });
  return { ranges: unequal, records: there.reduce((sum, { count }) => sum + count, 0) };
}

function neighboursJoined(ranges: readonly RecordRange[]): readonly RecordRange[] {
  const joined: RecordRange[] = [];
  for (const range of ranges) {
    const before = joined.at(-1);
    if (before !== undefined && before.toId !== null && before.toId === range.fromId)
      joined[joined.length - 1] = { fromId: before.fromId, toId: range.toId };
    else joined.push({ fromId: range.fromId, toId: range.toId });
  }
  return joined;
}

async function readRange(
  deps: ReconcileDeps,
  object: MirroredObjectName,
  range: RecordRange,
  { claimedUntil, signal, tally }: RangesOptions,
): Promise<readonly string[]> {
  const again: string[] = [];
  await readByBulk(deps.backfill, object, conditionsOf(range, null), signal, async (facts, rows) => {
    again.push(...(await reconcileRows(deps, facts, rows, { claimedUntil, mergeAll: false, tally })));
  });
  return again;
}

async function queryRange(
  deps: ReconcileDeps,
  object: MirroredObjectName,
  range: RecordRange,
  options: RangesOptions,
): Promise<readonly string[]> {
  const { again } = await queryRows(deps, object, conditionsOf(range, null), options);
  return again;
}
