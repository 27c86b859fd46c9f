import type { ColumnValues, PlacedRecord } from '../ports/shadow-store.ts';
import { canonicalDecimal, type LeafValue } from '../sobject/leaf.ts';
import type { AsideReason, MirroredObject } from '../sobject/mirrored-object.ts';
import { bindColumns, type BoundColumn, type ProjectionRules } from '../sobject/projection-columns.ts';
import { NO_VERSION } from '../version/version.ts';
import type { Revisions } from './merge-input.ts';
import type { RecordState } from './record-state.ts';
import { versionOfLeaf } from './registers.ts';

/**
 * Where a record lives, as a function of merged state and never of arrival order. A record that its shadow table
 * cannot hold waits aside with a reason; nothing is rounded, invented or dropped to make it fit.
 */
export interface Projection {
  /** Why the record's own state keeps it out of its shadow table; null when it does not. */
  readonly reason: AsideReason | null;
  /** The user's columns; null when a reason is given. */
  readonly columns: ColumnValues | null;
  /** The value that must be unique in the shadow table, claimed only by a record that could stand there. */
  readonly uniqueKey: string | null;
  readonly parentKey: string | null;
}

/** What the world around a record says. */
export interface Surroundings {
  /** No other claimant of its unique key comes before it. */
  readonly winsKey: boolean;
  readonly parentInMain: boolean;
}

const MONEY = /^-?(\d+)(?:\.(\d+))?$/;

/** Whether `numeric(12,2)` holds the canonical decimal exactly. */
export function moneyMisfit(canonical: string): 'price_out_of_range' | 'price_not_exact' | null {
  const [, whole = '', fraction = ''] = MONEY.exec(canonical) ?? [];
  if (whole === '' || whole.length > 10) return 'price_out_of_range';
  return fraction.length > 2 ? 'price_not_exact' : null;
}

type Cell = { readonly value: string | boolean | null } | { readonly reason: AsideReason };

/** The column's value for a leaf, or why there is none. */
export function columnCell(column: BoundColumn, leaf: LeafValue | undefined): Cell {
  const value = leaf ?? column.fallback;
  if (value === null) return column.missing === undefined ? { value } : { reason: column.missing };
  switch (column.type) {
    case 'boolean':
      if (typeof value === 'boolean') return { value };
      return column.missing === undefined ? { value: null } : { reason: column.missing };
    case 'decimal(12,2)': {
      const decimal = canonicalDecimal(String(value));
      const reason = moneyMisfit(decimal);
      return reason === null ? { value: decimal } : { reason };
    }
    case 'text':
    case 'id': {
      const text = String(value);
      return column.maxLength !== undefined && text.length > column.maxLength
        ? { reason: 'value_too_long' }
        : { value: text };
    }
  }
}

/** The projection of one object's records in this deployment. */
export class Projector {
  readonly object: MirroredObject;
  readonly columns: readonly BoundColumn[];

  constructor(object: MirroredObject, rules: ProjectionRules) {
    this.object = object;
    this.columns = bindColumns(object, rules);
  }

  /** Projects a state onto the user's columns. Reasons are looked for in a fixed order, so that one state has one. */
  project(state: RecordState, revisions: Revisions): Projection {
    const parentLeaf = this.object.parent === undefined ? null : state.leaves[this.object.parent.leaf];
    const parentKey = typeof parentLeaf === 'string' ? parentLeaf : null;
    const aside = (reason: AsideReason): Projection => ({
      reason,
      columns: null,
      uniqueKey: null,
      parentKey,
    });
    if (!state.alive) return aside('deleted');
    if (!this.columns.every((column) => isCovered(state, column, revisions))) return aside('image_missing');
    const columns: Record<string, string | boolean | null> = {};
    for (const column of this.columns) {
      const cell = columnCell(column, state.leaves[column.leaf]);
      if ('reason' in cell) return aside(cell.reason);
      columns[column.column] = cell.value;
    }
    const unique = this.object.uniqueColumn === undefined ? null : columns[this.object.uniqueColumn];
    return { reason: null, columns, uniqueKey: typeof unique === 'string' ? unique : null, parentKey };
  }
}

/** A leaf that feeds a not-null column must have been stated before its absence means "no value". */
function isCovered(state: RecordState, column: BoundColumn, revisions: Revisions): boolean {
  if (column.missing === undefined || column.fallback !== null) return true;
  if (versionOfLeaf(state, column.leaf, revisions) !== NO_VERSION) return true;
  // Read-only leaves arrive whole with the reads, beside a full image.
  return state.vBase !== NO_VERSION && state.vRead !== NO_VERSION;
}

/** Puts a projected record in its home. */
export function placeRecord(
  state: RecordState,
  projection: Projection,
  surroundings: Surroundings,
): PlacedRecord {
  const { reason, columns, uniqueKey, parentKey } = projection;
  const aside = (why: AsideReason): PlacedRecord => ({
    state,
    home: { kind: 'aside', reason: why },
    parentKey,
    uniqueKey,
  });
  if (columns === null) return aside(reason ?? 'image_missing');
  if (!surroundings.winsKey) return aside('sku_taken');
  if (!surroundings.parentInMain) return aside('product_missing');
  return { state, home: { kind: 'main' }, columns };
}
