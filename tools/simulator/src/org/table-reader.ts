import { mix, saltOf } from '../data/mix.ts';
import { BASE_TIME } from '../data/base-time.ts';
import { cellFormat } from './cell-format.ts';
import { csvChunks, type CellReader } from './csv-chunks.ts';
import { idRenderer, ordinalInId } from './ids.ts';
import type { ObjectTable, RowState } from './object-table.ts';
import type { FieldEntry } from './org-schema.ts';
import { SalesforceError, type SfRecord, type SfValue } from './record.ts';
import type { CsvChunk, CsvRequest, OrdinalRange, TableView } from './table-view.ts';

/** Through whose eyes, and as of when. */
export interface Viewpoint {
  readonly seq: number;
  /** The oracle sees hidden fields and rows, the API does not. */
  readonly all: boolean;
  /** Share of an object's rows that the API cannot see. */
  hiddenShare(object: string): number;
  /** Old text values carry NUL bytes in Bulk results. */
  readonly nulInText: boolean;
  table(object: string): TableReader | undefined;
}

type Reader = (ordinal: number) => SfValue;

const hideSalt = saltOf(0, 'hidden rows');

export class TableReader implements TableView {
  readonly object: string;
  readonly maxOrdinal: number;
  readonly #table: ObjectTable;
  readonly #view: Viewpoint;
  readonly #hiddenBelow: number;
  readonly #columns = new Map<string, Reader>();

  constructor(table: ObjectTable, view: Viewpoint) {
    this.#table = table;
    this.#view = view;
    this.object = table.entry.name;
    this.maxOrdinal = table.maxOrdinal;
    this.#hiddenBelow = view.all ? 0 : view.hiddenShare(this.object) * 0x1_0000_0000;
  }

  get computedCount(): number {
    return this.#table.base.count;
  }

  has(ordinal: number, all = false): boolean {
    const presence = this.#table.presenceAt(ordinal, this.#view.seq);
    return (presence === 'live' || (all && presence === 'bin')) && !this.#isHiddenRow(ordinal);
  }

  isDeleted(ordinal: number): boolean {
    return this.#table.presenceAt(ordinal, this.#view.seq) === 'bin';
  }

  stateAt(ordinal: number): RowState | undefined {
    return this.#table.stateAt(ordinal, this.#view.seq);
  }

  column(path: string): Reader {
    const known = this.#columns.get(path);
    if (known !== undefined) return known;
    const dot = path.indexOf('.');
    const reader =
      dot < 0
        ? this.#ownColumn(this.#visibleField(path))
        : this.#parentColumn(path.slice(0, dot), path.slice(dot + 1));
    this.#columns.set(path, reader);
    return reader;
  }

  record(ordinal: number, fields?: readonly string[]): SfRecord {
    const names = fields ?? this.leafNames();
    const record: SfRecord = {};
    for (const name of names) record[name] = this.column(name)(ordinal);
    return record;
  }

  /** Visible leaves in describe order. */
  leafNames(): string[] {
    const { entry } = this.#table;
    return entry.fields
      .filter((field) => !field.compound && (this.#view.all || !entry.isHidden(field)))
      .map((field) => field.name);
  }

  *ordinals(range: OrdinalRange = {}, all = false): Generator<number, void> {
    const last = Math.min(range.to ?? this.maxOrdinal, this.maxOrdinal);
    for (let ordinal = Math.max(1, range.from ?? 1); ordinal <= last; ordinal++) {
      if (this.has(ordinal, all)) yield ordinal;
    }
  }

  count(all = false): number {
    if (this.#hiddenBelow > 0) {
      let visible = 0;
      for (let ordinal = 1; ordinal <= this.maxOrdinal; ordinal++) if (this.has(ordinal, all)) visible += 1;
      return visible;
    }
    // Newest counts, corrected by the rows that a later commit than ours has touched.
    let { live, binned } = this.#table.counts;
    for (const ordinal of this.#table.touchedOrdinals()) {
      const now = this.#table.presenceAt(ordinal, Number.POSITIVE_INFINITY);
      const then = this.#table.presenceAt(ordinal, this.#view.seq);
      if (now === then) continue;
      live += Number(then === 'live') - Number(now === 'live');
      binned += Number(then === 'bin') - Number(now === 'bin');
    }
    return all ? live + binned : live;
  }

  csv(request: CsvRequest): Generator<CsvChunk, void> {
    const cells = request.columns.map((path) => this.#cell(path));
    return csvChunks(this, cells, request);
  }

  children(parentOrdinal: number, referenceField: string): readonly number[] | undefined {
    const field = this.#visibleField(referenceField);
    const parentObject = field.referenceTo?.[0];
    const candidates = this.#table.children(field.name, parentOrdinal);
    const parent = parentObject === undefined ? undefined : this.#view.table(parentObject);
    if (candidates === undefined || parent === undefined) return undefined;
    const parentId = parent.idOf(parentOrdinal);
    const read = this.#ownColumn(field);
    return candidates.filter((ordinal) => this.has(ordinal, true) && read(ordinal) === parentId);
  }

  touchedSince(ms: number): readonly number[] | undefined {
    if (ms < BASE_TIME) return undefined;
    return [...this.#table.touchedOrdinals()]
      .filter((ordinal) => this.has(ordinal, true))
      .sort((a, b) => a - b);
  }

  find(field: string, value: SfValue): number[] {
    const known = this.#visibleField(field);
    const read = this.#ownColumn(known);
    const folded = (candidate: SfValue): SfValue =>
      typeof candidate === 'string' ? candidate.toLowerCase() : candidate;
    const wanted = folded(value);
    const rows =
      known.unique === true && typeof value === 'string'
        ? this.#table.uniqueCandidates(known, value).filter((ordinal) => this.has(ordinal))
        : this.ordinals();
    const found: number[] = [];
    for (const ordinal of rows) if (folded(read(ordinal)) === wanted) found.push(ordinal);
    return found;
  }

  ordinalOf(id: string): number | undefined {
    return this.#table.ordinalOf(id);
  }

  idOf(ordinal: number): string {
    return this.#table.renderId(ordinal);
  }

  #isHiddenRow(ordinal: number): boolean {
    return this.#hiddenBelow > 0 && mix(hideSalt, ordinal) < this.#hiddenBelow;
  }

  /** Hidden and unknown fields look the same from outside. */
  #visibleField(name: string): FieldEntry {
    const { entry } = this.#table;
    const field = entry.field(name);
    if (field !== undefined && (this.#view.all || !entry.isHidden(field))) return field;
    throw new SalesforceError(
      400,
      'INVALID_FIELD',
      `No such column '${name}' on sobject of type ${entry.name}`,
    );
  }

  #ownColumn(field: FieldEntry): Reader {
    const table = this.#table;
    const { seq } = this.#view;
    if (field.type === 'id') return (ordinal) => table.renderId(ordinal);
    if (field.compound) {
      throw new SalesforceError(
        400,
        'INVALID_FIELD',
        `${field.name} is a compound field: read its components.`,
      );
    }
    if (field.derivedFrom !== undefined) return this.#derivedColumn(field.derivedFrom);
    return (ordinal) => table.valueIn(table.stateAt(ordinal, seq), ordinal, field);
  }

  /** A formula sees what the caller may not. */
  #derivedColumn(path: string): Reader {
    const dot = path.indexOf('.');
    return this.#parentColumn(path.slice(0, dot), path.slice(dot + 1), true);
  }

  #parentColumn(relationship: string, rest: string, derived = false): Reader {
    const { entry } = this.#table;
    const wanted = relationship.toLowerCase();
    const reference = entry.fields.find((field) => field.relationshipName?.toLowerCase() === wanted);
    if (reference === undefined || (!derived && !this.#view.all && entry.isHidden(reference))) {
      throw new SalesforceError(
        400,
        'INVALID_FIELD',
        `Didn't understand relationship '${relationship}' in field path.`,
      );
    }
    const parent = this.#view.table(reference.referenceTo?.[0] ?? '');
    if (parent === undefined) return () => null;
    const readParent = derived ? parent.#ownColumn(parent.#anyField(rest)) : parent.column(rest);
    const readReference = this.#ownColumn(reference);
    return (ordinal) => {
      const id = readReference(ordinal);
      if (typeof id !== 'string') return null;
      const at = ordinalInId(id);
      return parent.#table.presenceAt(at, this.#view.seq) === 'none' ? null : readParent(at);
    };
  }

  #anyField(name: string): FieldEntry {
    const field = this.#table.entry.field(name);
    if (field !== undefined) return field;
    throw new SalesforceError(
      400,
      'INVALID_FIELD',
      `No such column '${name}' on sobject of type ${this.object}`,
    );
  }

  #cell(path: string): CellReader {
    if (path.includes('.')) {
      const read = this.column(path);
      const { type, scale } = this.#typeOf(path);
      const format = cellFormat(type, scale);
      return { any: (ordinal) => format(read(ordinal)) };
    }
    const field = this.#visibleField(path);
    if (field.type === 'id') {
      const render = idRenderer(this.#table.entry.keyPrefix);
      return { any: (ordinal) => `"${render(ordinal)}"` };
    }
    const cell = this.#ownCell(field);
    const isText = field.type === 'string' || field.type === 'textarea';
    return this.#view.nulInText && isText && field.derivedFrom === undefined ? withNul(cell) : cell;
  }

  #ownCell(field: FieldEntry): CellReader {
    const table = this.#table;
    const format = cellFormat(field.type, field.scale ?? 0);
    if (field.derivedFrom !== undefined) {
      const read = this.#derivedColumn(field.derivedFrom);
      return { any: (ordinal) => format(read(ordinal)) };
    }
    const slow = (ordinal: number, state: RowState | undefined): string =>
      format(table.valueIn(state, ordinal, field));
    if (field.name === 'IsDeleted' || field.convert !== undefined) return { any: slow };
    const { storage } = field;
    const computed = computedCell(table, field, format);
    const quick = typeof computed === 'string' ? () => computed : computed;
    const baseCount = table.base.count;
    const any = (ordinal: number, state: RowState | undefined): string => {
      const own = state?.values[storage];
      if (own !== undefined) return format(own);
      return ordinal <= baseCount ? quick(ordinal) : slow(ordinal, state);
    };
    return { any, computed };
  }

  #typeOf(path: string): { type: FieldEntry['type']; scale: number } {
    const dot = path.indexOf('.');
    if (dot < 0) {
      const field = this.#anyField(path);
      return { type: field.type, scale: field.scale ?? 0 };
    }
    const wanted = path.slice(0, dot).toLowerCase();
    const reference = this.#table.entry.fields.find(
      (field) => field.relationshipName?.toLowerCase() === wanted,
    );
    const parent = this.#view.table(reference?.referenceTo?.[0] ?? '');
    return parent === undefined ? { type: 'string', scale: 0 } : parent.#typeOf(path.slice(dot + 1));
  }
}

/** The cell of a row that nobody has touched; a text when all of them have the same. */
function computedCell(
  table: ObjectTable,
  field: FieldEntry,
  format: (value: SfValue) => string,
): string | ((ordinal: number) => string) {
  const column = table.base.column(field.storage);
  if (column === undefined) return format(table.baseValue(0, field));
  const { constant, cell, value } = column;
  if (constant !== undefined) return format(constant);
  if (cell === undefined) return (ordinal) => format(value(ordinal));
  return (ordinal) => cell(ordinal) ?? format(value(ordinal));
}

/** One row in 97 shows a NUL after its first character, as old imports do. */
function withNul(cell: CellReader): CellReader {
  return {
    any: (ordinal, state) => {
      const text = cell.any(ordinal, state);
      const shows = ordinal % 97 === 0 && text.length > 3 && text[1] !== '"';
      return shows ? `${text.slice(0, 2)}\u0000${text.slice(2)}` : text;
    },
  };
}
