import {
  decodeVersion,
  encodeVersion,
  isDirty,
  merge,
  NO_VERSION,
  type LeafValue,
  type MergeInput,
  type RecordState,
  type Version,
} from '../../src/index.ts';
import { stampAt } from './history.ts';
import type { Case, Told } from './random-case.ts';

/** What a mirror shows in the end. */
export interface Shown {
  readonly alive: boolean;
  readonly leaves: Readonly<Record<string, LeafValue>>;
  readonly dirty: boolean;
}

/** A way to build the mirror: the right one, or one of those that look right and are not. */
export type Design = (one: Case) => Shown | undefined;

function shown(state: RecordState | undefined): Shown | undefined {
  return state === undefined
    ? undefined
    : { alive: state.alive, leaves: state.leaves, dirty: isDirty(state) };
}

/** The production merge, with something done to each statement or to the state around it. */
function production(
  step: (
    state: RecordState | undefined,
    told: Told,
    apply: (state: RecordState | undefined, input: MergeInput) => RecordState,
  ) => RecordState | undefined,
): Design {
  return ({ told, history }) => {
    let state: RecordState | undefined;
    for (const one of told) state = step(state, one, (s, input) => merge(s, input, history.revisions));
    return shown(state);
  };
}

/** Re-stamps a read as if the time of its landing counted. */
function stampedNow({ input, read }: Told): MergeInput {
  return read === undefined ? input : { ...input, version: stampAt(read.now, read.readSeq) };
}

function withVersion(input: MergeInput, change: (version: Version) => Version): MergeInput {
  return { ...input, version: change(input.version) };
}

/** Whole rows: an input is applied or ignored by one comparison, without versions of leaves. */
function rowGuard(
  isNewer: (input: MergeInput, last: { version: string; at: string }) => boolean,
  now: boolean,
): Design {
  return ({ told }) => {
    let row: { alive: boolean; leaves: Record<string, LeafValue>; version: string; at: string } | undefined;
    for (const one of told) {
      const input = now ? stampedNow(one) : one.input;
      const last = row ?? { version: '', at: '' };
      if (row !== undefined && !isNewer(input, last)) continue;
      row = { alive: true, leaves: row?.leaves ?? {}, version: input.version, at: input.modifiedAt ?? '' };
      if (input.kind === 'create' || input.kind === 'undelete' || input.kind === 'read')
        row.leaves = { ...input.leaves };
      if (input.kind === 'update') {
        const changed = input.changed.filter((leaf) => !input.diffed.includes(leaf));
        row.leaves = {
          ...row.leaves,
          ...Object.fromEntries(changed.map((leaf) => [leaf, input.leaves[leaf] ?? null])),
        };
      }
      const gone =
        input.kind === 'delete' ||
        input.kind === 'read-deleted' ||
        (input.kind === 'gap' && input.change === 'delete');
      if (gone) row.alive = false;
    }
    return row === undefined ? undefined : { ...row, dirty: false };
  };
}

function throughFloat(version: Version): Version {
  const parts = decodeVersion(version);
  return encodeVersion({ ...parts, commitNumber: BigInt(Number(parts.commitNumber)) });
}

export const right: Design = production((state, { input }, apply) => apply(state, input));

/** Each loses something that some order, loss or delay brings to light. */
export const knownBad: Readonly<Record<string, Design>> = {
  'last arrival wins': rowGuard(() => true, false),
  'row version, read stamped now': rowGuard((input, last) => input.version > last.version, true),
  'row version, read stamped low': rowGuard((input, last) => input.version > last.version, false),
  'row SystemModstamp >': rowGuard((input, last) => (input.modifiedAt ?? '') > last.at, false),
  'row SystemModstamp >=': rowGuard((input, last) => (input.modifiedAt ?? '') >= last.at, false),
  'physical delete': production((state, { input }, apply) => {
    const next = apply(state, input);
    return next.alive ? next : undefined;
  }),
  'field versions, read stamped now': production((state, told, apply) => apply(state, stampedNow(told))),
  'stale guard that drops': production((state, { input, read }, apply) =>
    read !== undefined && state?.srcModifiedAt != null && (input.modifiedAt ?? '') < state.srcModifiedAt
      ? state
      : apply(state, input),
  ),
  'null written for leaves outside the bitmap': production((state, { input }, apply) =>
    apply(state, input.kind === 'update' ? { ...input, changed: ['A', 'B', 'C'] } : input),
  ),
  'epoch raised whenever the commit number falls': ({ told, history }) => {
    let state: RecordState | undefined;
    let epoch = 1;
    let last = 0n;
    for (const { input, read } of told) {
      const { commitNumber } = decodeVersion(input.version);
      if (read === undefined) {
        if (commitNumber < last) epoch++;
        last = commitNumber;
      }
      const raised = withVersion(input, (version) => encodeVersion({ ...decodeVersion(version), epoch }));
      state = merge(state, raised, history.revisions);
    }
    return shown(state);
  },
  'commit number through a float': production((state, { input }, apply) =>
    apply(state, withVersion(input, throughFloat)),
  ),
  'full image clears newer leaves': production((state, { input }, apply) => {
    const isImage = input.kind === 'create' || input.kind === 'undelete' || input.kind === 'read';
    const cleared = isImage && state !== undefined && input.version > state.vBase;
    return apply(cleared ? { ...state, vFields: {} } : state, input);
  }),
  'an event ranks above a read of the same commit': production((state, { input }, apply) =>
    apply(
      state,
      withVersion(input, (version) => {
        const parts = decodeVersion(version);
        return encodeVersion({ ...parts, sequenceNumber: 0, rank: parts.rank === 0 ? 1 : 0 });
      }),
    ),
  ),
  'a gap resolved by any read': production((state, { input, read }, apply) => {
    const next = apply(state, input);
    return read !== undefined && input.kind === 'read' ? { ...next, vGap: NO_VERSION, gapSince: null } : next;
  }),
};
