import type { SfValue } from '../../org/record.ts';
import { Breather } from './breather.ts';

export interface SortKey {
  readonly read: (row: number) => SfValue;
  readonly descending: boolean;
  /** Salesforce puts nulls first unless told otherwise, in either direction. */
  readonly nullsLast: boolean;
}

/** A key with its values read, text folded: order ignores case. */
interface Column extends Omit<SortKey, 'read'> {
  readonly values: readonly SfValue[];
}

/** Order of two places in the columns. */
type Compare = (a: number, b: number) => number;

/** Rows sorted at a stretch, and steps of a merge between two glances at the clock. */
const RUN = 8_192;

/**
 * Sorts rows by the keys and keeps the first `keep`. Rows with equal keys stay in the order given, so that the same
 * query always answers alike. Long sorts pause for other requests.
 */
export async function sortRows(
  rows: readonly number[],
  keys: readonly SortKey[],
  keep: number,
): Promise<number[]> {
  const breather = new Breather();
  const columns: Column[] = [];
  for (const key of keys) columns.push(await readColumn(rows, key, breather));
  const compare = comparator(columns);
  let runs: number[][] = [];
  for (let start = 0; start < rows.length; start += RUN) {
    const run = Array.from({ length: Math.min(RUN, rows.length - start) }, (_, i) => start + i);
    runs.push(run.sort(compare).slice(0, keep));
    if (breather.isDue) await breather.breathe();
  }
  while (runs.length > 1) {
    const next: number[][] = [];
    for (let i = 0; i < runs.length; i += 2)
      next.push(await merge(runs[i] ?? [], runs[i + 1] ?? [], keep, compare, breather));
    runs = next;
  }
  return (runs[0] ?? []).map((place) => rows[place] ?? 0);
}

async function readColumn(rows: readonly number[], key: SortKey, breather: Breather): Promise<Column> {
  const values: SfValue[] = [];
  for (const row of rows) {
    const value = key.read(row);
    values.push(typeof value === 'string' ? value.toLowerCase() : value);
    if (values.length % RUN === 0 && breather.isDue) await breather.breathe();
  }
  return { values, descending: key.descending, nullsLast: key.nullsLast };
}

function comparator(columns: readonly Column[]): Compare {
  return (a, b) => {
    for (const column of columns) {
      const order = compareValues(column.values[a] ?? null, column.values[b] ?? null, column);
      if (order !== 0) return order;
    }
    return a - b;
  };
}

function compareValues(a: SfValue, b: SfValue, { descending, nullsLast }: Omit<Column, 'values'>): number {
  if (a === b) return 0;
  if (a === null) return nullsLast ? 1 : -1;
  if (b === null) return nullsLast ? -1 : 1;
  return a < b === descending ? 1 : -1;
}

async function merge(
  a: readonly number[],
  b: readonly number[],
  keep: number,
  compare: Compare,
  breather: Breather,
): Promise<number[]> {
  const out: number[] = [];
  const length = Math.min(keep, a.length + b.length);
  let [i, j] = [0, 0];
  while (out.length < length) {
    const [x, y] = [a[i], b[j]];
    if (y === undefined || (x !== undefined && compare(x, y) <= 0)) {
      out.push(x ?? 0);
      i += 1;
    } else {
      out.push(y);
      j += 1;
    }
    if (out.length % RUN === 0 && breather.isDue) await breather.breathe();
  }
  return out;
}
