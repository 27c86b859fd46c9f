import type { RowState } from './object-table.ts';
import type { CsvChunk, CsvRequest } from './table-view.ts';

/** One column as CSV: finished cells, quotes included. */
export interface CellReader {
  /** A row as it stands in the store; `state` is undefined for one that nobody has touched. */
  any(ordinal: number, state: RowState | undefined): string;
  /** Quick way for untouched computed rows: a function, or the one text that all of them have. */
  readonly computed?: string | ((ordinal: number) => string);
}

interface CsvRows {
  /** Untouched rows up to this ordinal are computed ones. */
  readonly computedCount: number;
  readonly maxOrdinal: number;
  has(ordinal: number, all?: boolean): boolean;
  stateAt(ordinal: number): RowState | undefined;
}

function* range(from: number, to: number): Generator<number, void> {
  for (let ordinal = from; ordinal <= to; ordinal++) yield ordinal;
}

/** What computed rows need: fixed text, and after each piece of it one cell. */
interface RowPlan {
  readonly lead: readonly string[];
  readonly cells: readonly ((ordinal: number) => string)[];
  readonly tail: string;
}

/** Columns that are the same in every computed row melt into the text around them. */
function planRow(cells: readonly CellReader[], delimiter: string, lineEnding: string): RowPlan {
  const lead: string[] = [];
  const readers: ((ordinal: number) => string)[] = [];
  let text = '';
  cells.forEach((cell, index) => {
    if (index > 0) text += delimiter;
    const computed = cell.computed ?? ((ordinal: number) => cell.any(ordinal, undefined));
    if (typeof computed === 'string') {
      text += computed;
      return;
    }
    lead.push(text);
    readers.push(computed);
    text = '';
  });
  return { lead, cells: readers, tail: text + lineEnding };
}

/**
 * Rows as CSV text, some hundred at a time, straight from computed columns: no record object is ever built. Bulk
 * results are this and compression, so every cell counts.
 */
export function* csvChunks(
  rows: CsvRows,
  cells: readonly CellReader[],
  request: CsvRequest,
): Generator<CsvChunk, void> {
  const delimiter = request.delimiter ?? ',';
  const lineEnding = request.lineEnding ?? '\n';
  const chunkRows = request.chunkRows ?? 500;
  const { all = false, where } = request;
  const { lead, cells: computed, tail } = planRow(cells, delimiter, lineEnding);
  let left = request.maxRows ?? Number.POSITIVE_INFINITY;
  let text = '';
  let count = 0;
  let last = 0;
  if (request.header === true) {
    yield {
      text: request.columns.map((name) => `"${name}"`).join(delimiter) + lineEnding,
      rows: 0,
      lastOrdinal: 0,
    };
  }
  const to = Math.min(request.to ?? rows.maxOrdinal, rows.maxOrdinal);
  for (const ordinal of request.ordinals ?? range(Math.max(1, request.from ?? 1), to)) {
    if (left <= 0) break;
    if (!rows.has(ordinal, all) || (where !== undefined && !where(ordinal))) continue;
    const state = rows.stateAt(ordinal);
    if (state === undefined && ordinal <= rows.computedCount) {
      for (let i = 0; i < computed.length; i++) {
        text += (lead[i] as string) + (computed[i] as (ordinal: number) => string)(ordinal);
      }
      text += tail;
    } else {
      text += cells.map((cell) => cell.any(ordinal, state)).join(delimiter) + lineEnding;
    }
    count += 1;
    left -= 1;
    last = ordinal;
    if (count >= chunkRows) {
      yield { text, rows: count, lastOrdinal: last };
      text = '';
      count = 0;
    }
  }
  if (count > 0) yield { text, rows: count, lastOrdinal: last };
}
