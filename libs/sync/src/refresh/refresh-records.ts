import {
  UmbraError,
  type MergeInput,
  type MirroredObjectName,
  type RecordSource,
  type RequestClass,
  type SelectAnswer,
  type Version,
} from '@umbra/domain';
import { applyInputs, BATCH_RECORDS } from '../apply/apply-inputs.ts';
import { isFaultOfTheBatch } from '../apply/batch-fault.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { readShape, statementOf, type ReadShape } from '../mirror/read-shape.ts';
import type { StaleReadGuard } from './stale-read-guard.ts';

export interface RefreshOptions {
  /** Version of the gap that the read is to resolve, of all records or of each; its stamp is never below it. */
  readonly atLeast?: Version | ReadonlyMap<string, Version>;
  /** Judges rows that show themselves older than their stamp claims. */
  readonly guard?: StaleReadGuard;
  readonly requestClass?: RequestClass;
  readonly signal?: AbortSignal;
}

export interface RefreshResult {
  /** Records read and merged. */
  readonly read: number;
  readonly calls: number;
}

/**
 * Characters of one query, kept well below the 16,384 that Salesforce takes in a URI: percent-encoding triples the
 * commas and quotes. Source: REST API, "Status Codes and Error Responses", 414.
 */
const QUERY_CHARACTERS = 8_000;
/** `'001000000000001AAA',` */
const CHARACTERS_PER_ID = 21;
const MOST_IDS = 200;
const FEWEST_IDS = 10;

/**
 * Reads records by id and merges what comes back. Stamped before the request is sent, by the lower bound; so it may
 * run beside anything, and a later change that arrives first is not undone.
 *
 * An id that Salesforce does not show is no deletion: it may be not visible yet, or hidden. The records found are
 * merged, then the missing ones are reported for another try.
 *
 * @throws UmbraError SYNC_RECORD_NOT_VISIBLE, to be tried again later
 */
export async function refreshRecords(
  mirror: Mirror,
  records: RecordSource,
  object: MirroredObjectName,
  ids: readonly string[],
  options: RefreshOptions = {},
): Promise<RefreshResult> {
  const { calls, missing, outdated, read, refused } = await readRecords(
    mirror,
    records,
    object,
    ids,
    options,
  );
  const again = [...missing, ...outdated, ...refused];
  if (again.length > 0) {
    throw new UmbraError(
      'SYNC_RECORD_NOT_VISIBLE',
      'Salesforce does not show every record that was to be read',
      {
        details: { object, missing: missing.length, recordIds: again.slice(0, 10) },
      },
    );
  }
  return { read, calls };
}

export interface RecordsRead extends RefreshResult {
  /** Not in the answer: not visible yet, hidden, or gone. */
  readonly missing: readonly string[];
  /** Shown, but older than its stamp claims; not merged. */
  readonly outdated: readonly string[];
  /** Read, but the merge refuses them: logged, and left as they are. */
  readonly refused: readonly string[];
}

/** The same, with what is to be read again as a value. */
export async function readRecords(
  mirror: Mirror,
  records: RecordSource,
  object: MirroredObjectName,
  ids: readonly string[],
  options: RefreshOptions = {},
): Promise<RecordsRead> {
  const shape = await readShape(mirror, records, object);
  const wanted = [...new Set(ids)].sort();
  const missing: string[] = [];
  const outdated: string[] = [];
  const refused: string[] = [];
  let calls = 0;
  const perCall = idsPerCall(shape);
  for (let from = 0; from < wanted.length; from += perCall) {
    const chunk = wanted.slice(from, from + perCall);
    const stampOf = await mirror.drawStamps(object);
    const answer = await selectByIds(records, shape, chunk, options);
    calls += answer.calls;
    const readAt = answer.at.toISOString();
    const found = new Set<string>();
    const statements = answer.rows.flatMap((leaves) => {
      const id = leaves['Id'];
      if (typeof id !== 'string') return [];
      found.add(id);
      return [statementOf({ shape, stamp: stampOf(versionFor(options, id)), readAt }, id, leaves)];
    });
    const fit = await inTime(options.guard, mirror, statements, outdated);
    refused.push(...(await applyApart(mirror, object, fit)));
    missing.push(...chunk.filter((id) => !found.has(id)));
  }
  const read = wanted.length - missing.length - outdated.length - refused.length;
  return { read, calls, missing, outdated, refused };
}

/**
 * Merges the rows, and when that fails each by itself, so that one record that cannot be merged keeps no other waiting.
 * @returns ids of those that cannot
 */
export async function applyApart(
  mirror: Mirror,
  object: MirroredObjectName,
  statements: readonly MergeInput[],
): Promise<readonly string[]> {
  try {
    await applyInputs(mirror, object, statements);
    return [];
  } catch (error) {
    if (!isFaultOfTheBatch(error)) throw error;
    const [only, ...others] = statements;
    if (only === undefined) throw error;
    if (others.length === 0) {
      mirror.log.error({ err: error, object, recordId: only.recordId }, 'record read cannot be merged');
      return [only.recordId];
    }
  }
  const half = Math.ceil(statements.length / 2);
  return [
    ...(await applyApart(mirror, object, statements.slice(0, half))),
    ...(await applyApart(mirror, object, statements.slice(half))),
  ];
}

function versionFor({ atLeast }: RefreshOptions, id: string): Version | undefined {
  return typeof atLeast === 'string' || atLeast === undefined ? atLeast : atLeast.get(id);
}

/** Never drops a row that is older than it should be: it is read again. */
async function inTime(
  guard: StaleReadGuard | undefined,
  mirror: Mirror,
  statements: readonly MergeInput[],
  outdated: string[],
): Promise<readonly MergeInput[]> {
  if (guard === undefined) return statements;
  const again = await guard.toReadAgain(mirror, statements);
  outdated.push(...again);
  return statements.filter(({ recordId }) => !again.has(recordId));
}

function idsPerCall({ schema }: ReadShape): number {
  const fields = schema.leaves.reduce((sum, { name }) => sum + name.length + 1, 0);
  const room = Math.floor((QUERY_CHARACTERS - fields) / CHARACTERS_PER_ID);
  return Math.min(MOST_IDS, Math.max(FEWEST_IDS, room));
}

async function selectByIds(
  records: RecordSource,
  shape: ReadShape,
  ids: readonly string[],
  options: RefreshOptions,
): Promise<SelectAnswer> {
  return records.select(
    {
      object: shape.object,
      fields: shape.schema.leaves.map(({ name }) => name),
      where: [{ field: 'Id', op: 'in', values: ids.map((value) => ({ type: 'id', value })) }],
      all: true,
    },
    options.requestClass ?? 'gap',
    options.signal === undefined ? {} : { signal: options.signal },
  );
}

/**
 * Reads the records of an object that no full image has reached yet. At the end of a backfill there are few: an
 * update came for a record that the backfill's read did not show.
 */
export async function refreshWaiting(
  mirror: Mirror,
  records: RecordSource,
  object: MirroredObjectName,
  { guard, signal }: Required<Pick<RefreshOptions, 'guard' | 'signal'>>,
): Promise<void> {
  for (let after = ''; ;) {
    const ids = await mirror.store.waiting(object, 'image_missing', after, BATCH_RECORDS);
    const last = ids.at(-1);
    if (last === undefined) return;
    try {
      await refreshRecords(mirror, records, object, ids, { requestClass: 'backfill', guard, signal });
    } catch (error) {
      if (!(error instanceof UmbraError) || error.code !== 'SYNC_RECORD_NOT_VISIBLE') throw error;
      mirror.log.warn({ object, code: error.code }, 'records wait for their first full image');
    }
    after = last;
  }
}
