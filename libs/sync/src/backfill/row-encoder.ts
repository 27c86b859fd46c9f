import {
  canonicalLeaf,
  columnCell,
  UmbraError,
  type BoundColumn,
  type ColumnValues,
  type LeafType,
  type MergeInput,
  type Leaves,
  type Projector,
  type StagedRow,
} from '@umbra/domain';
import { statementOf, type ImageShape, type ReadFacts, type ReadShape } from '../mirror/read-shape.ts';
import { cellJson, instantText, type CellJson } from './cell-json.ts';

/** One selected field on its way into the payload. */
interface PayloadColumn {
  readonly type: LeafType;
  /** `,"Name":` */
  readonly prefix: string;
  readonly write: CellJson;
}

/** A column of the shadow table with the place of its leaf among the cells; -1 when the leaf was not selected. */
interface ShadowCell {
  readonly bound: BoundColumn;
  readonly at: number;
  readonly type: LeafType;
}

/** Turns rows of a Bulk page into staged rows. Everything that depends on the columns alone is worked out once. */
export class RowEncoder {
  readonly #payload: readonly PayloadColumn[];
  readonly #shadow: readonly ShadowCell[];
  readonly #idAt: number;
  readonly #deletedAt: number;
  readonly #modifiedAt: number;

  /**
   * @param columns names at the head of the page
   * @throws UmbraError SF_RESPONSE_INVALID when a column is none of the selected fields, or a needed one is missing
   */
  constructor(shape: ReadShape, columns: readonly string[], projector: Projector) {
    const types = new Map(shape.schema.leaves.map(({ name, type }) => [name, type]));
    const typeAt = (name: string): LeafType => {
      const type = types.get(name);
      if (type === undefined) throw unexpected(shape, `column ${name} was not selected`);
      return type;
    };
    this.#payload = columns.map((name) => ({
      type: typeAt(name),
      prefix: `,${JSON.stringify(name)}:`,
      write: cellJson(typeAt(name)),
    }));
    if (columns.length !== shape.schema.leaves.length)
      throw unexpected(shape, 'a selected column is missing');
    this.#idAt = columns.indexOf('Id');
    this.#deletedAt = columns.indexOf('IsDeleted');
    this.#modifiedAt = columns.indexOf('SystemModstamp');
    if (this.#idAt < 0) throw unexpected(shape, 'the column Id is missing');
    this.#shadow = projector.columns.map((bound) => ({
      bound,
      at: columns.indexOf(bound.leaf),
      type: types.get(bound.leaf) ?? 'text',
    }));
  }

  /** @throws RangeError when a cell cannot be read as its type */
  encode(row: readonly string[]): StagedRow {
    const alive = row[this.#deletedAt] !== 'true';
    const modified = row[this.#modifiedAt];
    return {
      recordId: String(canonicalLeaf('id', row[this.#idAt])),
      alive,
      payload: this.#payloadOf(row),
      columns: alive ? this.#columnsOf(row) : null,
      srcModifiedAt: modified === undefined || modified === '' ? null : instantText(modified),
    };
  }

  #payloadOf(row: readonly string[]): string {
    let payload = '';
    for (let i = 0; i < this.#payload.length; i++) {
      const cell = row[i];
      if (cell === undefined || cell === '') continue;
      const column = this.#payload[i] as PayloadColumn;
      const json = column.write(cell);
      if (json !== '') payload += column.prefix + json;
    }
    return payload === '' ? '{}' : `{${payload.slice(1)}}`;
  }

  /** The user's columns, or null when the row's own values keep it out of its shadow table. */
  #columnsOf(row: readonly string[]): ColumnValues | null {
    const columns: Record<string, string | boolean | null> = {};
    for (const { bound, at, type } of this.#shadow) {
      const cell = columnCell(bound, at < 0 ? null : canonicalLeaf(type, row[at]));
      if ('reason' in cell) return null;
      columns[bound.column] = cell.value;
    }
    return columns;
  }
}

function unexpected(shape: ReadShape, what: string): UmbraError {
  return new UmbraError(
    'SF_RESPONSE_INVALID',
    `a Bulk page of ${shape.object} is not what was asked for: ${what}`,
    {
      details: { object: shape.object },
    },
  );
}

/** A staged row that the set-based path left over, as the statement that it is for the merge. */
export function statementOfStaged(facts: ReadFacts<ImageShape>, row: StagedRow): MergeInput {
  const leaves = JSON.parse(row.payload) as Leaves;
  return statementOf(facts, row.recordId, row.alive ? leaves : { ...leaves, IsDeleted: true });
}
