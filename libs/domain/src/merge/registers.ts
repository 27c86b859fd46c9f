import type { LeafValue } from '../sobject/leaf.ts';
import { newestOf, NO_VERSION, type Version } from '../version/version.ts';
import type { Revisions } from './merge-input.ts';
import type { RecordState } from './record-state.ts';

/**
 * The registers of one record while a statement is merged into it. Each register keeps the value with the highest
 * version, so that order, duplication and batching of statements cannot change the outcome.
 *
 * The versions of stored leaves are kept sparsely: `vBase` stands for every leaf of `schemaRev`, `vFields` holds the
 * leaves that are newer, and those outside that revision. A leaf has an entry exactly when its version differs from
 * what `vBase` says of it, which makes the form unique.
 */
export type Draft = { -readonly [K in keyof RecordState]: RecordState[K] };

/**
 * The commit time of gaps that nobody kept: an older image of a newer revision took the place of a newer image of an
 * older one, which had resolved them. Too early is harmless (the record is read again), too late would claim a
 * freshness that nobody proved.
 */
export const UNKNOWN_SINCE = '1970-01-01T00:00:00.000Z';

/** Version of a stored leaf; "none" when nothing has stated its value yet. */
export function versionOfLeaf(
  state: Pick<RecordState, 'vBase' | 'schemaRev' | 'vFields'>,
  leaf: string,
  revisions: Revisions,
): Version {
  return versionIn(state, leaf, revisions(state.schemaRev));
}

/** The same, with the leaves of the base's revision at hand. */
function versionIn(
  state: Pick<RecordState, 'vBase' | 'vFields'>,
  leaf: string,
  based: ReadonlySet<string>,
): Version {
  const own = state.vFields[leaf] ?? NO_VERSION;
  return based.has(leaf) ? newestOf(own, state.vBase) : own;
}

function setLeaf(leaves: Record<string, LeafValue>, name: string, value: LeafValue | undefined): void {
  if (value === null || value === undefined) delete leaves[name];
  else leaves[name] = value;
}

/** Merges stated leaves one by one, each against its own version. `valueOf` answers null for "no value". */
export function mergeLeaves(
  draft: Draft,
  version: Version,
  stated: Iterable<string>,
  valueOf: (leaf: string) => LeafValue | undefined,
  revisions: Revisions,
): void {
  const based = revisions(draft.schemaRev);
  let leaves: Record<string, LeafValue> | undefined;
  let vFields: Record<string, Version> | undefined;
  for (const leaf of stated) {
    if (version <= versionIn(draft, leaf, based)) continue;
    leaves ??= { ...draft.leaves };
    vFields ??= { ...draft.vFields };
    setLeaf(leaves, leaf, valueOf(leaf));
    vFields[leaf] = version;
  }
  if (leaves !== undefined) draft.leaves = leaves;
  if (vFields !== undefined) draft.vFields = vFields;
}

/**
 * Merges a full image. It becomes the base when its revision is newer than the base's, or the same with a newer
 * version; then leaves of the old base that the new revision lacks keep their version as entries of their own.
 */
export function mergeImage(
  draft: Draft,
  version: Version,
  revision: number,
  valueOf: (leaf: string) => LeafValue | undefined,
  revisions: Revisions,
): void {
  const stated = revisions(revision);
  const becomesBase = revision > draft.schemaRev || (revision === draft.schemaRev && version > draft.vBase);
  if (!becomesBase) {
    mergeLeaves(draft, version, stated, valueOf, revisions);
    return;
  }
  const based = revisions(draft.schemaRev);
  const leaves: Record<string, LeafValue> = { ...draft.leaves };
  const vFields: Record<string, Version> = {};
  for (const leaf of stated) {
    const current = versionIn(draft, leaf, based);
    if (version > current) setLeaf(leaves, leaf, valueOf(leaf));
    else if (current > version) vFields[leaf] = current;
  }
  if (based !== stated) {
    for (const leaf of based) if (!stated.has(leaf)) vFields[leaf] = versionIn(draft, leaf, based);
  }
  for (const leaf of Object.keys(draft.vFields)) {
    if (!stated.has(leaf)) vFields[leaf] = versionIn(draft, leaf, based);
  }
  if (draft.vGap <= version) draft.gapSince = null;
  else if (version < draft.vBase) draft.gapSince = UNKNOWN_SINCE;
  draft.leaves = leaves;
  draft.vFields = vFields;
  draft.vBase = version;
  draft.schemaRev = revision;
}

/**
 * Merges the read-only leaves: one register, since a read carries the group whole. A leaf that change events have
 * stated (it was no formula then) stays theirs, whichever came first.
 */
export function mergeReadOnly(
  draft: Draft,
  version: Version,
  names: readonly string[],
  valueOf: (leaf: string) => LeafValue | undefined,
  readAt: string,
  revisions: Revisions,
): void {
  if (version <= draft.vRead) return;
  const based = revisions(draft.schemaRev);
  const leaves: Record<string, LeafValue> = {};
  for (const [leaf, value] of Object.entries(draft.leaves)) {
    if (versionIn(draft, leaf, based) !== NO_VERSION) leaves[leaf] = value;
  }
  for (const leaf of names) {
    if (versionIn(draft, leaf, based) === NO_VERSION) setLeaf(leaves, leaf, valueOf(leaf));
  }
  draft.leaves = leaves;
  draft.vRead = version;
  draft.readAt = readAt;
}

export function mergeExistence(
  draft: Draft,
  version: Version,
  alive: boolean,
  masterId: string | null = null,
): void {
  if (version <= draft.vAlive) return;
  draft.vAlive = version;
  draft.alive = alive;
  draft.masterId = masterId;
}

/** @param since commit time of what is unknown, ISO 8601 */
export function mergeGap(draft: Draft, version: Version, since: string | null): void {
  if (version > draft.vBase) {
    const from = since ?? UNKNOWN_SINCE;
    if (draft.gapSince === null || from < draft.gapSince) draft.gapSince = from;
  }
  draft.vGap = newestOf(draft.vGap, version);
}
