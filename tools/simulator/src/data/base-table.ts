import type { SfRecord, SfValue } from '../org/record.ts';
import type { Column } from './column.ts';

/**
 * The records that an object has before anybody edits it, computed from seed and ordinal. Id and IsDeleted are not
 * columns: the org derives the former and asks `isDeleted` for the latter. A field without a column is null everywhere.
 */
export interface BaseTable {
  /** Ordinals 1..count. */
  readonly count: number;
  column(field: string): Column | undefined;
  /** In the recycle bin from the beginning. */
  isDeleted(ordinal: number): boolean;
  /** The record that has this value in a unique field. */
  find?(field: string, value: string): number | undefined;
  /** Records that refer to this one through a reference field; undefined when that field has no index. */
  children?(field: string, parentOrdinal: number): readonly number[] | undefined;
}

/** Hand-written records; `deleted` holds ordinals in the bin. */
export function listTable(records: readonly SfRecord[], deleted: ReadonlySet<number> = new Set()): BaseTable {
  const fields = new Set(records.flatMap((record) => Object.keys(record)));
  const columns = new Map<string, Column>();
  for (const field of fields) {
    const values: SfValue[] = records.map((record) => record[field] ?? null);
    columns.set(field, { value: (ordinal) => values[ordinal - 1] ?? null });
  }
  return {
    count: records.length,
    column: (field) => columns.get(field),
    isDeleted: (ordinal) => deleted.has(ordinal),
  };
}

/** Hand-written records first, computed ones after them; computed columns take the ordinal in the whole table. */
export function listThenComputed(
  list: BaseTable,
  count: number,
  computed: ReadonlyMap<string, Column>,
  isDeleted: (ordinal: number) => boolean,
): BaseTable {
  const first = list.count;
  const columns = new Map<string, Column>();
  for (const [field, column] of computed) {
    const head = list.column(field);
    const { cell } = column;
    columns.set(field, {
      value: (ordinal) => (ordinal > first ? column.value(ordinal) : (head?.value(ordinal) ?? null)),
      cell: cell === undefined ? undefined : (ordinal) => (ordinal > first ? cell(ordinal) : undefined),
    });
  }
  return {
    count: Math.max(first, count),
    column: (field) => columns.get(field) ?? list.column(field),
    isDeleted: (ordinal) => (ordinal > first ? isDeleted(ordinal) : list.isDeleted(ordinal)),
  };
}
