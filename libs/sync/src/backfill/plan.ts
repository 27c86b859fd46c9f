import {
  isMirroredObjectName,
  isUmbraError,
  mirroredObjectNames,
  UmbraError,
  type MirroredObjectName,
} from '@umbra/domain';
import { pageRowsFor, tuningOf, type BackfillDeps } from './backfill-deps.ts';
import { conditionsOf } from './bulk-job.ts';
import { idExtremes } from './id-extremes.ts';
import { cutRange, wholeObject, type IdRange } from './id-range.ts';

export interface PlannedObject {
  readonly object: MirroredObjectName;
  /** Living records now; null when Salesforce could not count them in time. */
  readonly rows: number | null;
  readonly ranges: readonly IdRange[];
  /** Salesforce calls that reading the object will cost, roughly: looks at the job depend on how long it runs. */
  readonly calls: number;
}

/** Create, about eight looks at the job, one describe, one removal. */
const CALLS_PER_JOB = 11;

/**
 * Names from the command line, in the order in which objects are read: parents before their children, so that a price
 * finds its product.
 * @throws UmbraError SYNC_UNKNOWN_OBJECT
 */
export function parseObjects(words: readonly string[]): readonly MirroredObjectName[] {
  const names = words.map((word) => word.trim());
  const unknown = names.filter((name) => !isMirroredObjectName(name));
  if (unknown.length > 0 || names.length === 0) {
    throw new UmbraError(
      'SYNC_UNKNOWN_OBJECT',
      `${unknown.length === 0 ? 'no object named' : `not mirrored: ${unknown.join(', ')}`}; mirrored are ${mirroredObjectNames.join(', ')}`,
      { problems: unknown.map((name) => `${name} is not mirrored`) },
    );
  }
  return mirroredObjectNames.filter((name) => names.includes(name));
}

/**
 * What a backfill would read, and what it would cost. Reads counts only and writes nothing.
 * @param since only records with a SystemModstamp at or after it, ISO 8601
 */
export async function planBackfill(
  deps: Pick<BackfillDeps, 'records' | 'tuning'>,
  objects: readonly MirroredObjectName[],
  since: string | null,
): Promise<readonly PlannedObject[]> {
  const { sliceRows } = tuningOf(deps);
  const planned: PlannedObject[] = [];
  for (const object of objects) {
    const rows = await countRows(deps, object, since);
    const parts = rows === null ? 1 : Math.ceil(rows / sliceRows);
    const known = parts > 1 ? await idExtremes(deps.records, object) : undefined;
    const ranges = known === undefined ? [wholeObject] : cutRange(wholeObject, parts, known);
    const perJob = (rows ?? 0) / ranges.length;
    const pages = ranges.length * Math.max(1, Math.ceil(perJob / pageRowsFor(deps, perJob)));
    planned.push({ object, rows, ranges, calls: ranges.length * CALLS_PER_JOB + pages });
  }
  return planned;
}

/** Counting a very large object can time out, which says nothing about reading it. */
async function countRows(
  deps: Pick<BackfillDeps, 'records'>,
  object: MirroredObjectName,
  since: string | null,
): Promise<number | null> {
  try {
    return await deps.records.count(object, conditionsOf(wholeObject, since), 'backfill');
  } catch (error) {
    if (isUmbraError(error) && error.code === 'SF_QUERY_TIMEOUT') return null;
    throw error;
  }
}
