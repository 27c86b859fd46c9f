import type { MergeInput, RecordState, StagedRow, StoredRecord, Suspect } from '@umbra/domain';
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

/** What comparing rows needs. */
export interface ComparingDeps extends Pick<ReconcileDeps, 'backfill'> {
  readonly comparison: Pick<ReconcileDeps['comparison'], 'suspects'>;
}

export interface ComparedRows {
  /** What the rows say, of those that are to be merged. */
  readonly statements: readonly MergeInput[];
  /**
   * Ids to be read again: rows that are older than their stamp claims, and rows that lost to a newer statement, which
   * may hide that another one never came.
   */
  readonly again: readonly string[];
  /** Rows whose records live in the shadow. */
  readonly living: number;
}

/** Compares rows of one stamped read with the shadow, and writes nothing. */
export async function compareRows(
  deps: ComparingDeps,
  facts: ReadFacts,
  rows: readonly StagedRow[],
  options: RowsOptions,
): Promise<ComparedRows> {
  const { guard, mirror } = deps.backfill;
  const { object, revision } = facts.shape;
  const suspects = new Map(
    (await deps.comparison.suspects(object, revision, rows)).map((suspect) => [suspect.recordId, suspect]),
  );
  options.tally.moved += rows.length;
  const wanted = options.mergeAll ? rows : rows.filter(({ recordId }) => suspects.has(recordId));
  const statements = wanted.map((row) => statementOfStaged(facts, row));
  const outdated = await guard.toReadAgain(mirror, statements);
  const known: ReadonlyMap<string, StoredRecord> =
    suspects.size === 0 ? new Map() : await mirror.store.peek(object, [...suspects.keys()]);
  const fit = statements.filter(({ recordId }) => !outdated.has(recordId));
  const judged = fit.flatMap((statement): SuspectRow[] => {
    const suspect = suspects.get(statement.recordId);
    return suspect === undefined ? [] : [{ statement, suspect, state: known.get(suspect.recordId)?.state }];
  });
  const living = rows.filter(({ alive, recordId }) =>
    suspects.has(recordId) ? known.get(recordId)?.state.alive === true : alive,
  );
  return {
    statements: fit,
    again: [...outdated, ...judge(facts, judged, options)],
    living: living.length,
  };
}

/**
 * Compares rows of one stamped read with the shadow, and repairs what differs, through the merge and nothing else.
 * @returns ids to be read again, as in `ComparedRows`
 */
export async function reconcileRows(
  deps: ComparingDeps,
  facts: ReadFacts,
  rows: readonly StagedRow[],
  options: RowsOptions,
): Promise<readonly string[]> {
  const { again, statements } = await compareRows(deps, facts, rows, options);
  if (statements.length > 0) await applyApart(deps.backfill.mirror, facts.shape.object, statements);
  return again;
}

interface SuspectRow {
  readonly statement: MergeInput;
  readonly suspect: Suspect;
  readonly state: RecordState | undefined;
}

/** @returns ids of rows that lost to something newer */
function judge(
  { shape: { schema } }: ReadFacts,
  rows: readonly SuspectRow[],
  { claimedUntil, tally }: RowsOptions,
): readonly string[] {
  const stored = new Set(schema.stored);
  const masked: string[] = [];
  for (const { state, statement, suspect } of rows) {
    const { modifiedAt, recordId } = statement;
    const { drift, newerHere } = judgeRow(state, statement, stored, suspect.columnsOnly);
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
