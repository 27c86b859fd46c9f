import {
  mergeAll,
  type Home,
  type MergeInput,
  type MirroredObjectName,
  type Projection,
  type RecordState,
  type ShadowTransaction,
} from '@umbra/domain';
import type { Mirror } from '../mirror/mirror.ts';

/** A record of a batch: as it was stored, as it is after the merge, and what its own state says of its home. */
export interface BatchRecord {
  readonly recordId: string;
  /** Undefined when it was unknown. */
  readonly before: { readonly state: RecordState; readonly home: Home } | undefined;
  readonly state: RecordState;
  readonly projection: Projection;
  /** Its home is to be decided anew, whether or not the merge changed anything. */
  readonly decide: boolean;
}

/** One batch of one object. `inputs` are merged; records in `revisit` are placed anew from their stored state. */
export interface Batch {
  readonly object: MirroredObjectName;
  readonly inputs: readonly MergeInput[];
  readonly revisit: readonly string[];
}

/** Statements by record: a record is merged once per batch, however many statements there are about it. */
export function byRecord(inputs: readonly MergeInput[]): Map<string, MergeInput[]> {
  const grouped = new Map<string, MergeInput[]>();
  for (const input of inputs) {
    const known = grouped.get(input.recordId);
    if (known === undefined) grouped.set(input.recordId, [input]);
    else known.push(input);
  }
  return grouped;
}

/** The revision that a statement is about, if it states leaves. */
function revisionOf(input: MergeInput): number {
  if ('revision' in input) return input.revision;
  return input.kind === 'read' && 'revision' in input.image ? input.image.revision : 0;
}

/**
 * Loads, locks and merges records of one object. Records that are neither stored nor spoken of are left out.
 * @param recordIds all records to load; those without statements keep their state
 * @throws RevisionsMissing
 */
export async function mergeRecords(
  mirror: Mirror,
  tx: ShadowTransaction,
  object: MirroredObjectName,
  recordIds: readonly string[],
  inputs: ReadonlyMap<string, readonly MergeInput[]>,
  decide: ReadonlySet<string>,
): Promise<BatchRecord[]> {
  const stored = await tx.load(object, recordIds.toSorted());
  mirror.revisions.require(object, [
    ...[...stored.values()].map(({ state }) => state.schemaRev),
    ...[...inputs.values()].flat().map(revisionOf),
  ]);
  const revisions = mirror.revisions.of(object);
  const projector = mirror.projector(object);
  const records: BatchRecord[] = [];
  for (const recordId of recordIds) {
    const before = stored.get(recordId);
    const state = mergeAll(before?.state, inputs.get(recordId) ?? [], revisions);
    if (state === undefined) continue;
    records.push({
      recordId,
      before,
      state,
      projection: projector.project(state, revisions),
      decide: decide.has(recordId) || state !== before?.state,
    });
  }
  return records;
}

/** Whether two homes are one and the same. */
export function sameHome(a: Home | undefined, b: Home): boolean {
  if (a === undefined || a.kind !== b.kind) return false;
  return a.kind === 'main' || (b.kind === 'aside' && a.reason === b.reason);
}
