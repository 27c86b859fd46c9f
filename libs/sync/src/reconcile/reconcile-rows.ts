import type { MergeInput, StagedRow, Suspect } from '@umbra/domain';
import { statementOfStaged } from '../backfill/row-encoder.ts';
import type { ReadFacts } from '../mirror/read-shape.ts';
import { applyApart } from '../refresh/refresh-records.ts';
import { judgeRow } from './judge-row.ts';
import type { ReconcileDeps } from './reconcile-deps.ts';
import type { Tally } from './tally.ts';

export interface RowsOptions {
  /** Source time up to which the shadow claims to be right; null: it claims nothing, so nothing is drift. */
  readonly claimedUntil: string | null;
  /** Merge every row, also those that are equal: what comes late and is older than the read then changes nothing. */
  readonly mergeAll: boolean;
  readonly tally: Tally;
}

/**
 * Compares rows of one stamped read with the shadow, and repairs what differs, through the merge and nothing else.
 * @returns ids to be read again: rows that are older than their stamp claims, and rows that lost to a newer statement,
 *   which may hide that another one never came
 */
export async function reconcileRows(
  deps: ReconcileDeps,
  facts: ReadFacts,
  rows: readonly StagedRow[],
  options: RowsOptions,
): Promise<readonly string[]> {
  const { mirror } = deps.backfill;
  const { object, revision } = facts.shape;
  const suspects = new Map(
    (await deps.comparison.suspects(object, revision, rows)).map((suspect) => [suspect.recordId, suspect]),
  );
  options.tally.moved += rows.length;
  const wanted = options.mergeAll ? rows : rows.filter(({ recordId }) => suspects.has(recordId));
  if (wanted.length === 0) return [];
  const statements = wanted.map((row) => statementOfStaged(facts, row));
  const outdated = await deps.backfill.guard.toReadAgain(mirror, statements);
  const fit = statements.filter(({ recordId }) => !outdated.has(recordId));
  const masked = await judge(deps, facts, fit, suspects, options);
  await applyApart(mirror, object, fit);
  return [...outdated, ...masked];
}

async function judge(
  { backfill: { mirror } }: ReconcileDeps,
  facts: ReadFacts,
  statements: readonly MergeInput[],
  suspects: ReadonlyMap<string, Suspect>,
  { claimedUntil, tally }: RowsOptions,
): Promise<readonly string[]> {
  const { object, schema } = facts.shape;
  const judged = statements.filter(({ recordId }) => suspects.has(recordId));
  if (judged.length === 0) return [];
  const stored = new Set(schema.stored);
  const known = await mirror.store.peek(
    object,
    judged.map(({ recordId }) => recordId),
  );
  const masked: string[] = [];
  for (const statement of judged) {
    const { modifiedAt, recordId } = statement;
    const columnsOnly = suspects.get(recordId)?.columnsOnly === true;
    const { drift, newerHere } = judgeRow(known.get(recordId)?.state, statement, stored, columnsOnly);
    if (drift === null) continue;
    if (newerHere) {
      masked.push(recordId);
      continue;
    }
    if (claimedUntil === null || (modifiedAt !== null && modifiedAt > claimedUntil)) tally.inFlight++;
    else tally.note(drift, recordId);
  }
  return masked;
}
