import type { MirroredObjectName } from '../sobject/mirrored-object.ts';
import { newestOf, NO_VERSION } from '../version/version.ts';
import type { ImageEvent, MergeInput, Revisions } from './merge-input.ts';
import type { RecordState } from './record-state.ts';
import { mergeExistence, mergeGap, mergeImage, mergeLeaves, mergeReadOnly, type Draft } from './registers.ts';

/**
 * The merge: the one function through which stream, backfill, delta, refresh and reconciliation change a record.
 *
 * Promise: the state depends on the set of merged statements alone, not on their order, their number of arrivals or
 * their grouping; each register (a leaf, the read-only group, existence, gaps) holds what its newest statement says.
 * Pure: no clock, no I/O, no randomness.
 *
 * What it does not do: it never judges whether a read is older than its stamp claims, and never decides where a
 * record lives (see `placement.ts`).
 */

/** Nothing known yet. Alive until somebody says otherwise: an unreadable event must lead to a read, not to a tombstone. */
function unknownRecord(object: MirroredObjectName, recordId: string): RecordState {
  return {
    object,
    recordId,
    alive: true,
    leaves: {},
    vBase: NO_VERSION,
    schemaRev: 0,
    vFields: {},
    vRead: NO_VERSION,
    readAt: null,
    vAlive: NO_VERSION,
    vGap: NO_VERSION,
    gapSince: null,
    vMax: NO_VERSION,
    srcModifiedAt: null,
    masterId: null,
  };
}

type Handlers = {
  readonly [K in MergeInput['kind']]: (
    draft: Draft,
    input: MergeInput & { readonly kind: K },
    revisions: Revisions,
  ) => void;
};

const image = (draft: Draft, input: ImageEvent, revisions: Revisions): void => {
  mergeImage(draft, input.version, input.revision, (leaf) => input.leaves[leaf], revisions);
  mergeExistence(draft, input.version, true);
};

/** One handler per kind of statement: a forgotten kind does not compile. */
const handlers: Handlers = {
  create: image,
  undelete: image,
  update: (draft, input, revisions) => {
    // A leaf outside the event's own revision is read-only here (a formula that the event happens to carry).
    const carried = revisions(input.revision);
    const stated = [...new Set([...input.changed, ...input.nulled])].filter(
      (leaf) => carried.has(leaf) && !input.diffed.includes(leaf),
    );
    const valueOf = (leaf: string) => (input.nulled.includes(leaf) ? null : input.leaves[leaf]);
    mergeLeaves(draft, input.version, stated, valueOf, revisions);
    mergeExistence(draft, input.version, true);
    if (input.diffed.length > 0) mergeGap(draft, input.version, input.modifiedAt);
  },
  delete: (draft, input) => {
    mergeExistence(draft, input.version, false, input.masterId);
  },
  gap: (draft, input) => {
    mergeExistence(draft, input.version, input.change !== 'delete');
    if (input.change !== 'delete') mergeGap(draft, input.version, input.modifiedAt);
  },
  poison: (draft, input) => {
    mergeGap(draft, input.version, input.modifiedAt);
  },
  read: (draft, input, revisions) => {
    const valueOf = (leaf: string) => input.leaves[leaf];
    if ('revision' in input.image) {
      mergeImage(draft, input.version, input.image.revision, valueOf, revisions);
    } else {
      mergeLeaves(draft, input.version, input.image.listed, valueOf, revisions);
    }
    if (input.readOnly !== null) {
      mergeReadOnly(draft, input.version, input.readOnly, valueOf, input.readAt, revisions);
    }
    mergeExistence(draft, input.version, true);
  },
  'read-deleted': (draft, input) => {
    mergeExistence(draft, input.version, false, input.masterId);
  },
  absence: (draft, input) => {
    mergeExistence(draft, input.version, false);
  },
};

const registers = Object.keys(unknownRecord('Product2', '')) as (keyof RecordState)[];

/** Registers are replaced, never edited in place, so that identity tells whether anything changed. */
function isSame(a: RecordState, b: RecordState): boolean {
  return registers.every((key) => a[key] === b[key]);
}

/**
 * Merges one statement into what is known of its record.
 * @param state undefined when the record is unknown
 * @returns the very same object when the statement says nothing new
 * @throws RangeError when the statement is about another record
 */
export function merge(state: RecordState | undefined, input: MergeInput, revisions: Revisions): RecordState {
  const before = state ?? unknownRecord(input.object, input.recordId);
  if (before.object !== input.object || before.recordId !== input.recordId) {
    throw new RangeError('statement is about another record');
  }
  const draft: Draft = { ...before };
  const handle = handlers[input.kind] as (draft: Draft, input: MergeInput, revisions: Revisions) => void;
  handle(draft, input, revisions);
  draft.vMax = newestOf(draft.vMax, input.version);
  if (input.modifiedAt !== null && (draft.srcModifiedAt === null || input.modifiedAt > draft.srcModifiedAt)) {
    draft.srcModifiedAt = input.modifiedAt;
  }
  return state !== undefined && isSame(state, draft) ? state : draft;
}

/** Merges all statements about one record. */
export function mergeAll(
  state: RecordState | undefined,
  inputs: readonly MergeInput[],
  revisions: Revisions,
): RecordState | undefined {
  return inputs.reduce<RecordState | undefined>((merged, input) => merge(merged, input, revisions), state);
}
