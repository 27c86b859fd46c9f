import type { MergeInput, PoisonEvent } from '../merge/merge-input.ts';
import type { DecodedChange } from '../ports/change-source.ts';
import type { StoredChange } from '../ports/stream-log.ts';
import type { LeafValue } from '../sobject/leaf.ts';

/** An event's class of leaves: what its own schema states and the mirror keeps a version of. */
export interface EventRevision {
  /** Number of the leaf set, as reads of it know it too. */
  readonly revision: number;
  readonly leaves: ReadonlySet<string>;
}

const gapOf: Readonly<Record<string, 'create' | 'update' | 'undelete' | 'delete'>> = {
  GAP_CREATE: 'create',
  GAP_UPDATE: 'update',
  GAP_UNDELETE: 'undelete',
  GAP_DELETE: 'delete',
};

/**
 * The statement that an event makes about one of the records it names.
 * @throws RangeError for a change type that nobody knows: the record is then poison, and a read has to tell
 */
export function changeInput(
  change: StoredChange,
  decoded: DecodedChange,
  { revision, leaves }: EventRevision,
): MergeInput {
  const statement = statementOf(change);
  const gap = gapOf[change.changeType];
  if (gap !== undefined) return { ...statement, kind: 'gap', change: gap };
  const kept = (names: readonly string[]): string[] => names.filter((name) => leaves.has(name));
  switch (change.changeType) {
    case 'CREATE':
    case 'UNDELETE':
      return {
        ...statement,
        kind: change.changeType === 'CREATE' ? 'create' : 'undelete',
        revision,
        leaves: imageOf(change, decoded, leaves),
      };
    case 'UPDATE':
      return {
        ...statement,
        kind: 'update',
        revision,
        leaves: decoded.leaves,
        changed: kept(decoded.changed),
        nulled: kept(decoded.nulled),
        diffed: kept(decoded.diffed),
      };
    case 'DELETE':
      return { ...statement, kind: 'delete', masterId: null };
    default:
      throw new RangeError('unknown change type');
  }
}

/** What is left of an event that cannot be merged: that something happened. */
export function poisonInput(change: StoredChange): PoisonEvent {
  return { ...statementOf(change), kind: 'poison' };
}

function statementOf({ object, recordId, version, committedAt }: StoredChange) {
  return { object, recordId, version, modifiedAt: committedAt };
}

/**
 * A price's CREATE leaves out who made it and when; the header knows. Source: Change Data Capture Developer Guide,
 * "Change Event Fields" of PricebookEntry.
 */
function imageOf(
  { object, committedAt, changeType }: StoredChange,
  { header, leaves }: DecodedChange,
  stated: ReadonlySet<string>,
): Readonly<Record<string, LeafValue>> {
  if (object !== 'PricebookEntry' || changeType !== 'CREATE') return leaves;
  const known: Readonly<Record<string, LeafValue>> = {
    CreatedDate: committedAt,
    LastModifiedDate: committedAt,
    CreatedById: header.commitUser,
    LastModifiedById: header.commitUser,
  };
  const audit = Object.entries(known).filter(([leaf]) => stated.has(leaf) && (leaves[leaf] ?? null) === null);
  return { ...leaves, ...Object.fromEntries(audit) };
}
