import type { Change, ChangeType } from './commit.ts';
import type { DraftRow } from './draft.ts';
import type { Presence, RowState, StoredValues } from './object-table.ts';
import type { SfRecord } from './record.ts';

/** What a row's way through a transaction amounts to; undefined when it came and went within it. */
export function changeTypeOf(before: Presence, after: Presence): ChangeType | undefined {
  if (after === 'live') return before === 'live' ? 'UPDATE' : before === 'bin' ? 'UNDELETE' : 'CREATE';
  if (after === 'bin') return 'DELETE';
  return before === 'none' ? undefined : 'ERASE';
}

/** The row as the transaction leaves it. */
export function stateOf(row: DraftRow, before: RowState): RowState {
  return {
    presence: row.presence,
    deletedAt: row.presence === 'bin' ? row.deletedAt : 0,
    binGroup: row.binGroup,
    values: { ...before.values, ...row.patch },
  };
}

/** Always told, changed or not: an update in the same second still has its stamp. */
const alwaysTold = new Set(['LastModifiedDate']);

export function changeOf(
  row: DraftRow,
  changeType: ChangeType,
  before: RowState,
  after: RowState,
  sequenceNumber: number,
): Change {
  const isNew = before.presence === 'none';
  const told =
    isNew || changeType === 'UNDELETE' ? wholeRecord(row, before, after) : changedFields(row, before, after);
  const erased = changeType === 'ERASE';
  return {
    object: row.table.entry.name,
    recordId: row.table.renderId(row.ordinal),
    changeType,
    sequenceNumber,
    cascaded: row.cascaded,
    before: isNew ? null : erased ? {} : told.before,
    after: erased ? {} : told.after,
    nulledFields: erased || isNew ? [] : told.nulled,
  };
}

interface Told {
  readonly before: SfRecord;
  readonly after: SfRecord;
  readonly nulled: string[];
}

function changedFields(row: DraftRow, before: RowState, after: RowState): Told {
  const told: Told = { before: {}, after: {}, nulled: [] };
  for (const field of row.table.entry.stored) {
    if (!touches(row.patch, field.storage) && field.name !== 'IsDeleted') continue;
    const old = row.table.valueIn(before, row.ordinal, field);
    const now = row.table.valueIn(after, row.ordinal, field);
    if (old === now && !alwaysTold.has(field.name)) continue;
    told.before[field.name] = old;
    told.after[field.name] = now;
    if (now === null) told.nulled.push(field.name);
  }
  return told;
}

/** Every leaf that has a value; what is not named is null. */
function wholeRecord(row: DraftRow, before: RowState, after: RowState): Told {
  const told: Told = { before: {}, after: {}, nulled: [] };
  for (const field of row.table.entry.stored) {
    const old = row.table.valueIn(before, row.ordinal, field);
    const now = row.table.valueIn(after, row.ordinal, field);
    if (now !== null) told.after[field.name] = now;
    if (old !== now) {
      told.before[field.name] = old;
      if (now === null) told.nulled.push(field.name);
    }
  }
  return told;
}

const touches = (patch: StoredValues, storage: string): boolean => Object.hasOwn(patch, storage);
