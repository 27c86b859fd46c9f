import type { DriftKind, MergeInput, RecordState } from '@umbra/domain';

export interface Judged {
  /** null: the same, but for what a read alone can tell and nobody claims to know. */
  readonly drift: DriftKind | null;
  /** The shadow knows something newer than the read: the read says nothing against it. */
  readonly newerHere: boolean;
}

/**
 * What a row of a stamped read says about the record that the shadow has.
 * @param state undefined: unknown
 * @param stored leaves that change events carry
 * @param columnsOnly the user's columns differ although the leaves do not
 */
export function judgeRow(
  state: RecordState | undefined,
  statement: MergeInput,
  stored: ReadonlySet<string>,
  columnsOnly: boolean,
): Judged {
  const newerHere = state !== undefined && state.vMax > statement.version;
  return { drift: driftOfRow(state, statement, stored, columnsOnly), newerHere };
}

function driftOfRow(
  state: RecordState | undefined,
  statement: MergeInput,
  stored: ReadonlySet<string>,
  columnsOnly: boolean,
): DriftKind | null {
  if (statement.kind === 'read-deleted') {
    if (state?.alive !== true) return null;
    return statement.masterId === null ? 'lost-delete' : 'lost-merge';
  }
  if (statement.kind !== 'read') return null;
  if (state === undefined) return 'missing';
  if (!state.alive) return 'lost-undelete';
  if (columnsOnly) return 'column';
  const differs = (leaf: string): boolean =>
    (state.leaves[leaf] ?? null) !== (statement.leaves[leaf] ?? null);
  if ([...stored].some(differs)) return 'value';
  // A record that was modified since its last read has outdated calculated values by nature.
  if (differs('SystemModstamp')) return null;
  return (statement.readOnly ?? []).some(differs) ? 'calculated' : null;
}
