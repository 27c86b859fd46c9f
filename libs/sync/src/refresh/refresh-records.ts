import {
  readStampAtLeast,
  UmbraError,
  type MirroredObjectName,
  type RecordSource,
  type RequestClass,
  type SelectAnswer,
  type Version,
} from '@umbra/domain';
import { applyInputs, BATCH_RECORDS } from '../apply/apply-inputs.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { readShape, statementOf, type ReadShape } from '../mirror/read-shape.ts';

export interface RefreshOptions {
  /** Version of the gap that the read is to resolve; its stamp is never below it. */
  readonly atLeast?: Version;
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
  const shape = await readShape(mirror, records, object);
  const wanted = [...new Set(ids)].sort();
  const missing: string[] = [];
  let calls = 0;
  const perCall = idsPerCall(shape);
  for (let from = 0; from < wanted.length; from += perCall) {
    const chunk = wanted.slice(from, from + perCall);
    const stamp = await stampFor(mirror, object, options.atLeast);
    const answer = await selectByIds(records, shape, chunk, options);
    calls += answer.calls;
    const facts = { shape, stamp, readAt: answer.at.toISOString() };
    const found = new Set<string>();
    const statements = answer.rows.flatMap((leaves) => {
      const id = leaves['Id'];
      if (typeof id !== 'string') return [];
      found.add(id);
      return [statementOf(facts, id, leaves)];
    });
    await applyInputs(mirror, object, statements);
    missing.push(...chunk.filter((id) => !found.has(id)));
  }
  if (missing.length > 0) {
    throw new UmbraError(
      'SYNC_RECORD_NOT_VISIBLE',
      'Salesforce does not show every record that was to be read',
      {
        details: { object, missing: missing.length, recordIds: missing.slice(0, 10) },
      },
    );
  }
  return { read: wanted.length, calls };
}

async function stampFor(
  mirror: Mirror,
  object: MirroredObjectName,
  atLeast: Version | undefined,
): Promise<Version> {
  if (atLeast === undefined) return mirror.drawStamp(object);
  const { store } = mirror;
  return readStampAtLeast(atLeast, await store.epoch(object), undefined, await store.nextReadSeq());
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
  signal: AbortSignal,
): Promise<void> {
  for (let after = ''; ;) {
    const ids = await mirror.store.waiting(object, 'image_missing', after, BATCH_RECORDS);
    const last = ids.at(-1);
    if (last === undefined) return;
    try {
      await refreshRecords(mirror, records, object, ids, { requestClass: 'backfill', signal });
    } catch (error) {
      if (!(error instanceof UmbraError) || error.code !== 'SYNC_RECORD_NOT_VISIBLE') throw error;
      mirror.log.warn({ object, code: error.code }, 'records wait for their first full image');
    }
    after = last;
  }
}
