import {
  isDirty,
  mergeAll,
  NO_VERSION,
  type Home,
  type MergeInput,
  type MirroredObjectName,
  type Projection,
  type RecordState,
  type ShadowTransaction,
  type Version,
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
  const floor = mirror.heedsFloor ? tx.floorOf(object) : NO_VERSION;
  const projector = mirror.projector(object);
  const records: BatchRecord[] = [];
  for (const recordId of recordIds) {
    const before = stored.get(recordId);
    const said = inputs.get(recordId) ?? [];
    const state = mergeAll(before?.state, before === undefined ? aboveFloor(said, floor) : said, revisions);
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

/**
 * An old event of a record that nobody knows may be about one whose tombstone is gone: it must not bring the record back,
 * and must not be dropped either. What is left of it is that something happened, so that a read has to tell.
 */
function aboveFloor(inputs: readonly MergeInput[], floor: Version): readonly MergeInput[] {
  if (floor === NO_VERSION) return inputs;
  return inputs.map((input) => {
    const { kind, modifiedAt, object, recordId, version } = input;
    const isOldImage = version <= floor && (kind === 'create' || kind === 'undelete' || kind === 'update');
    return isOldImage ? { kind: 'poison', object, recordId, version, modifiedAt } : input;
  });
}

/**
 * Whether statements changed what the record says, and not only how far that is proven: its values, whether it lives,
 * whether something about it is in doubt.
 */
export function toldNews({ before, state }: BatchRecord): boolean {
  const known = before?.state;
  if (known === undefined || known.alive !== state.alive || isDirty(known) !== isDirty(state)) return true;
  const names = new Set([...Object.keys(known.leaves), ...Object.keys(state.leaves)]);
  return (
    known.leaves !== state.leaves && [...names].some((name) => known.leaves[name] !== state.leaves[name])
  );
}

/** Whether two homes are one and the same. */
export function sameHome(a: Home | undefined, b: Home): boolean {
  if (a === undefined || a.kind !== b.kind) return false;
  return a.kind === 'main' || (b.kind === 'aside' && a.reason === b.reason);
}
