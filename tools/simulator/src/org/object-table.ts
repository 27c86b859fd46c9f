import type { BaseTable } from '../data/base-table.ts';
import { idRenderer, ordinalInId, ordinalOf } from './ids.ts';
import type { FieldEntry, ObjectEntry } from './org-schema.ts';
import type { SfValue } from './record.ts';

export type Presence = 'none' | 'live' | 'bin';

/** Stored values by storage key; a key that is missing means "as computed", or empty for created records. */
export type StoredValues = Record<string, SfValue | undefined>;

export interface RowState {
  readonly presence: Presence;
  /** Org time (epoch ms) of the deletion, for rows in the bin. */
  readonly deletedAt: number;
  /** Rows deleted together come back together. */
  readonly binGroup: number;
  readonly values: StoredValues;
}

/** What a commit changed, so that older snapshots still see the row as it was. */
interface Undo {
  readonly seq: number;
  readonly before: RowState;
}

/** A record that differs from its computed self: newest state, and the way back. */
interface Row {
  seq: number;
  state: RowState;
  /** Oldest first; `before.values` names only what that commit changed. */
  undo: Undo[];
}

/** References that can be followed backwards. */
const indexedReferences = new Set(['Product2Id', 'ParentId']);

/** Computed rows in the bin carry this group: they went together with their parent before the org opened. */
export const BASE_BIN_GROUP = 0;

/**
 * The records of one object: computed ones, and above them the rows that a commit has touched. Values are read as of a
 * commit (`seq`); what no snapshot can reach any more is forgotten.
 */
export class ObjectTable {
  readonly entry: ObjectEntry;
  readonly base: BaseTable;
  readonly renderId: (ordinal: number) => string;
  readonly #rows = new Map<number, Row>();
  readonly #children = new Map<string, Map<number, Set<number>>>();
  readonly #unique = new Map<string, Map<string, Set<number>>>();
  /** Org time at which computed rows in the bin were deleted. */
  readonly #baseDeletedAt: number;
  #maxOrdinal: number;
  #live = 0;
  #binned = 0;

  constructor(entry: ObjectEntry, base: BaseTable, baseDeletedAt: number) {
    this.entry = entry;
    this.base = base;
    this.renderId = idRenderer(entry.keyPrefix);
    this.#baseDeletedAt = baseDeletedAt;
    this.#maxOrdinal = base.count;
    for (let ordinal = 1; ordinal <= base.count; ordinal++) if (base.isDeleted(ordinal)) this.#binned += 1;
    this.#live = base.count - this.#binned;
  }

  get maxOrdinal(): number {
    return this.#maxOrdinal;
  }

  /** Rows as of the newest commit. */
  get counts(): { live: number; binned: number } {
    return { live: this.#live, binned: this.#binned };
  }

  get touchedRows(): number {
    return this.#rows.size;
  }

  nextOrdinal(): number {
    this.#maxOrdinal += 1;
    return this.#maxOrdinal;
  }

  ordinalOf(id: string): number | undefined {
    const ordinal = ordinalOf(this.entry.keyPrefix, id);
    return ordinal === undefined || ordinal < 1 || ordinal > this.#maxOrdinal ? undefined : ordinal;
  }

  touchedOrdinals(): IterableIterator<number> {
    return this.#rows.keys();
  }

  /** State as of a commit; undefined for a row that was computed and untouched then. */
  stateAt(ordinal: number, seq: number): RowState | undefined {
    const row = this.#rows.get(ordinal);
    if (row === undefined) return undefined;
    if (row.seq <= seq) return row.state;
    let state = row.state;
    for (let i = row.undo.length - 1; i >= 0; i--) {
      const undo = row.undo[i];
      if (undo === undefined || undo.seq <= seq) break;
      state = { ...undo.before, values: { ...state.values, ...undo.before.values } };
    }
    return state;
  }

  /** State of any row, computed ones included. */
  fullStateAt(ordinal: number, seq: number): RowState {
    return this.stateAt(ordinal, seq) ?? this.#baseState(ordinal);
  }

  presenceAt(ordinal: number, seq: number): Presence {
    return this.stateAt(ordinal, seq)?.presence ?? this.basePresence(ordinal);
  }

  basePresence(ordinal: number): Presence {
    if (ordinal < 1 || ordinal > this.base.count) return 'none';
    return this.base.isDeleted(ordinal) ? 'bin' : 'live';
  }

  /** A stored leaf; `state` as given by `stateAt`. */
  valueIn(state: RowState | undefined, ordinal: number, field: FieldEntry): SfValue {
    if (field.name === 'IsDeleted') {
      return (state?.presence ?? this.basePresence(ordinal)) === 'bin';
    }
    const own = state?.values[field.storage];
    const value = own !== undefined ? own : this.baseValue(ordinal, field);
    return field.convert === undefined ? value : field.convert(value);
  }

  baseValue(ordinal: number, field: FieldEntry): SfValue {
    const column = ordinal <= this.base.count ? this.base.column(field.storage) : undefined;
    if (column !== undefined) return column.value(ordinal);
    return field.type === 'boolean' ? field.defaultValue === true : null;
  }

  /** Puts a new state in force. `keepFrom`: the oldest commit that any snapshot may still ask for. */
  write(ordinal: number, seq: number, next: RowState, changed: StoredValues, keepFrom: number): void {
    const row = this.#rows.get(ordinal);
    const before = row?.state ?? this.#baseState(ordinal);
    const undoValues: StoredValues = {};
    for (const key of Object.keys(changed)) undoValues[key] = before.values[key];
    const undo: Undo = { seq, before: { ...before, values: undoValues } };
    this.#count(before.presence, -1);
    this.#count(next.presence, 1);
    if (row === undefined) {
      this.#rows.set(ordinal, { seq, state: next, undo: [undo] });
    } else {
      row.undo.push(undo);
      row.seq = seq;
      row.state = next;
      this.forget(ordinal, keepFrom);
    }
    this.#index(ordinal, changed);
  }

  /** Drops the way back to commits before `keepFrom`. */
  forget(ordinal: number, keepFrom: number): void {
    const row = this.#rows.get(ordinal);
    if (row === undefined) return;
    const first = row.undo.findIndex((undo) => undo.seq > keepFrom);
    if (first !== 0) row.undo.splice(0, first < 0 ? row.undo.length : first);
  }

  /** Can rows be found by their value in this field? */
  isIndexed(storage: string): boolean {
    return indexedReferences.has(storage) || this.entry.field(storage)?.unique === true;
  }

  children(field: string, parentOrdinal: number): readonly number[] | undefined {
    if (!indexedReferences.has(field)) return undefined;
    const computed = this.base.children?.(field, parentOrdinal) ?? (this.base.count === 0 ? [] : undefined);
    // Rows of the base that have no index must be looked through.
    if (computed === undefined) return undefined;
    const added = this.#children.get(field)?.get(parentOrdinal);
    if (added === undefined) return computed;
    return [...new Set([...computed, ...added])].sort((a, b) => a - b);
  }

  /** Rows that may carry this value in a unique field, whatever their state. */
  uniqueCandidates(field: FieldEntry, value: string): number[] {
    const computed = field.storage === field.name ? this.base.find?.(field.name, value) : undefined;
    const stored = this.#unique.get(field.storage)?.get(value.toLowerCase()) ?? [];
    return [...new Set([...(computed === undefined ? [] : [computed]), ...stored])];
  }

  #baseState(ordinal: number): RowState {
    const presence = this.basePresence(ordinal);
    return {
      presence,
      deletedAt: presence === 'bin' ? this.#baseDeletedAt : 0,
      binGroup: BASE_BIN_GROUP,
      values: {},
    };
  }

  #count(presence: Presence, by: 1 | -1): void {
    if (presence === 'live') this.#live += by;
    else if (presence === 'bin') this.#binned += by;
  }

  #index(ordinal: number, changed: StoredValues): void {
    for (const [key, value] of Object.entries(changed)) {
      if (typeof value !== 'string') continue;
      if (indexedReferences.has(key)) {
        const byParent = getOrAdd(this.#children, key, () => new Map<number, Set<number>>());
        const parent = ordinalInId(value);
        getOrAdd(byParent, parent, () => new Set<number>()).add(ordinal);
      }
      if (this.entry.field(key)?.unique === true) {
        const byValue = getOrAdd(this.#unique, key, () => new Map<string, Set<number>>());
        getOrAdd(byValue, value.toLowerCase(), () => new Set<number>()).add(ordinal);
      }
    }
  }
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
