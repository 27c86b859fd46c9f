import { BASE_BIN_GROUP, type ObjectTable, type Presence, type StoredValues } from './object-table.ts';
import type { FieldEntry } from './org-schema.ts';
import type { SfValue } from './record.ts';
import { refuse } from './row-refused.ts';

/** One row as a transaction is about to leave it. */
export interface DraftRow {
  readonly table: ObjectTable;
  readonly ordinal: number;
  /** As it was before the transaction. */
  readonly before: Presence;
  presence: Presence;
  deletedAt: number;
  binGroup: number;
  /** New values by storage key. */
  patch: StoredValues;
  /** Came about through another record. */
  cascaded: boolean;
}

const NEWEST = Number.POSITIVE_INFINITY;

/** Rows that an open transaction holds; nobody else may touch them until it is visible. */
export class RowLocks {
  readonly #held = new Map<ObjectTable, Set<number>>();

  isHeld(table: ObjectTable, ordinal: number): boolean {
    return this.#held.get(table)?.has(ordinal) ?? false;
  }

  take(rows: Iterable<{ table: ObjectTable; ordinal: number }>): void {
    for (const { table, ordinal } of rows) {
      const held = this.#held.get(table) ?? new Set<number>();
      this.#held.set(table, held.add(ordinal));
    }
  }

  release(rows: Iterable<{ table: ObjectTable; ordinal: number }>): void {
    for (const { table, ordinal } of rows) this.#held.get(table)?.delete(ordinal);
  }
}

/**
 * The working state of a transaction: rows as changed so far, over the rows as committed. A draft over a draft is one
 * edit's share: it joins its parent when the edit succeeded and is dropped otherwise.
 */
export class Draft {
  readonly #parent: Draft | undefined;
  readonly #locks: RowLocks;
  readonly #rows = new Map<ObjectTable, Map<number, DraftRow>>();
  /** In the order of first touch. */
  readonly #order: { table: ObjectTable; ordinal: number }[] = [];
  readonly #noted = new Map<ObjectTable, Map<string, Set<number>>>();
  /** Parents that new references point to: they must not go while this transaction is open. */
  readonly #relied = new Map<ObjectTable, Set<number>>();

  constructor(locks: RowLocks, parent?: Draft) {
    this.#locks = locks;
    this.#parent = parent;
  }

  presence(table: ObjectTable, ordinal: number): Presence {
    return this.#find(table, ordinal)?.presence ?? table.presenceAt(ordinal, NEWEST);
  }

  /** Deletion time and group of a row in the bin. */
  binEntry(table: ObjectTable, ordinal: number): { deletedAt: number; binGroup: number } {
    return this.#find(table, ordinal) ?? table.fullStateAt(ordinal, NEWEST);
  }

  value(table: ObjectTable, ordinal: number, field: FieldEntry): SfValue {
    const found = this.#find(table, ordinal);
    if (field.name === 'IsDeleted') return this.presence(table, ordinal) === 'bin';
    const own = found?.patch[field.storage];
    return own !== undefined ? own : table.valueIn(table.stateAt(ordinal, NEWEST), ordinal, field);
  }

  /** By field name; null for a field that the schema no longer has. */
  valueOf(table: ObjectTable, ordinal: number, name: string): SfValue {
    const field = table.entry.field(name);
    return field === undefined ? null : this.value(table, ordinal, field);
  }

  /** A row to change. Refuses rows that another open transaction holds. */
  touch(table: ObjectTable, ordinal: number): DraftRow {
    const own = this.#rows.get(table)?.get(ordinal);
    if (own !== undefined) return own;
    this.rely(table, ordinal);
    const above = this.#parent?.row(table, ordinal);
    const state = table.fullStateAt(ordinal, NEWEST);
    const row: DraftRow = above
      ? { ...above, patch: { ...above.patch } }
      : {
          table,
          ordinal,
          before: state.presence,
          presence: state.presence,
          deletedAt: state.deletedAt,
          binGroup: state.binGroup,
          patch: {},
          cascaded: false,
        };
    this.#put(row);
    return row;
  }

  create(table: ObjectTable): DraftRow {
    const row: DraftRow = {
      table,
      ordinal: table.nextOrdinal(),
      before: 'none',
      presence: 'live',
      deletedAt: 0,
      binGroup: BASE_BIN_GROUP,
      patch: {},
      cascaded: false,
    };
    this.#put(row);
    return row;
  }

  /** Does another open transaction hold this row? */
  isHeld(table: ObjectTable, ordinal: number): boolean {
    return this.#locks.isHeld(table, ordinal);
  }

  /** Notes that this transaction depends on a row staying as it is. */
  rely(table: ObjectTable, ordinal: number): void {
    if (this.#locks.isHeld(table, ordinal)) {
      refuse(
        'UNABLE_TO_LOCK_ROW',
        `unable to obtain exclusive access to this record or 1 records: ${table.renderId(ordinal)}`,
      );
    }
    const relied = this.#relied.get(table) ?? new Set<number>();
    this.#relied.set(table, relied.add(ordinal));
  }

  /** Rows touched, in order. */
  rows(): DraftRow[] {
    return this.#order.flatMap(({ table, ordinal }) => this.#rows.get(table)?.get(ordinal) ?? []);
  }

  row(table: ObjectTable, ordinal: number): DraftRow | undefined {
    return this.#find(table, ordinal);
  }

  /** Makes a row findable by its new references and unique values, which the committed indexes do not know yet. */
  note(row: DraftRow): void {
    for (const [storage, value] of Object.entries(row.patch)) {
      if (typeof value !== 'string' || !row.table.isIndexed(storage)) continue;
      const key = `${storage}=${value.toLowerCase()}`;
      const byKey = this.#noted.get(row.table) ?? new Map<string, Set<number>>();
      byKey.set(key, (byKey.get(key) ?? new Set<number>()).add(row.ordinal));
      this.#noted.set(row.table, byKey);
    }
  }

  /** Rows that this transaction gave a value of an indexed field; they may have another by now. */
  noted(table: ObjectTable, storage: string, value: string): number[] {
    const above = this.#parent?.noted(table, storage, value) ?? [];
    return [...above, ...(this.#noted.get(table)?.get(`${storage}=${value.toLowerCase()}`) ?? [])];
  }

  /** Rows, in whatever state, whose reference field names this parent. */
  referring(table: ObjectTable, name: string, parent: ObjectTable, parentOrdinal: number): number[] {
    const field = table.entry.field(name);
    if (field === undefined) return [];
    const candidates = new Set(table.children(name, parentOrdinal) ?? []);
    const parentId = parent.renderId(parentOrdinal);
    for (const ordinal of this.noted(table, field.storage, parentId)) candidates.add(ordinal);
    return [...candidates].filter((ordinal) => this.value(table, ordinal, field) === parentId);
  }

  /** Everything that must be locked while the transaction is open. */
  heldRows(): { table: ObjectTable; ordinal: number }[] {
    const relied = [...this.#relied].flatMap(([table, ordinals]) =>
      [...ordinals].map((ordinal) => ({ table, ordinal })),
    );
    return [...this.rows(), ...relied];
  }

  joinParent(): void {
    const parent = this.#parent;
    if (parent === undefined) return;
    for (const row of this.rows()) parent.#put(row);
    for (const [table, ordinals] of this.#relied) addAll(parent.#relied, table, ordinals);
    for (const [table, byKey] of this.#noted) {
      const theirs = parent.#noted.get(table) ?? new Map<string, Set<number>>();
      for (const [key, ordinals] of byKey) addAll(theirs, key, ordinals);
      parent.#noted.set(table, theirs);
    }
  }

  #find(table: ObjectTable, ordinal: number): DraftRow | undefined {
    return this.#rows.get(table)?.get(ordinal) ?? this.#parent?.row(table, ordinal);
  }

  #put(row: DraftRow): void {
    const rows = this.#rows.get(row.table) ?? new Map<number, DraftRow>();
    if (!rows.has(row.ordinal)) this.#order.push(row);
    rows.set(row.ordinal, row);
    this.#rows.set(row.table, rows);
  }
}

function addAll<K>(into: Map<K, Set<number>>, key: K, ordinals: Iterable<number>): void {
  const known = into.get(key) ?? new Set<number>();
  for (const ordinal of ordinals) known.add(ordinal);
  into.set(key, known);
}
