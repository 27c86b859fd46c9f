import type { SfRecord, SfValue } from './record.ts';

/** Ordinals, both inclusive. Id order is ordinal order. */
export interface OrdinalRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface CsvRequest extends OrdinalRange {
  /** Field names or parent paths (`Product2.Name`), in output order. */
  readonly columns: readonly string[];
  /** Also soft-deleted records. Default false. */
  readonly all?: boolean;
  readonly where?: ((ordinal: number) => boolean) | undefined;
  /** Stop after so many rows. */
  readonly maxRows?: number | undefined;
  /** These rows in this order, in place of the range. */
  readonly ordinals?: Iterable<number> | undefined;
  /** Default comma and line feed. Every value is quoted. */
  readonly delimiter?: string;
  readonly lineEnding?: string;
  /** A header line first. Default false. */
  readonly header?: boolean;
  /** Rows per yielded chunk; default 500. */
  readonly chunkRows?: number;
}

export interface CsvChunk {
  readonly text: string;
  readonly rows: number;
  /** Ordinal of the last row in this chunk; 0 for a header alone. Resume at `lastOrdinal + 1`. */
  readonly lastOrdinal: number;
}

/** One object in one snapshot. Ordinals run from 1 to `maxOrdinal`, with holes for erased records. */
export interface TableView {
  readonly object: string;
  readonly maxOrdinal: number;
  /** Does a row exist here (with `all`: also in the bin) and may the caller see it? */
  has(ordinal: number, all?: boolean): boolean;
  isDeleted(ordinal: number): boolean;
  /** Reader of one field or parent path. Throws SalesforceError INVALID_FIELD. Call it only for rows that `has`. */
  column(path: string): (ordinal: number) => SfValue;
  /** Visible leaves (or the named ones) as an object. */
  record(ordinal: number, fields?: readonly string[]): SfRecord;
  /** Visible rows in Id order. */
  ordinals(range?: OrdinalRange, all?: boolean): Generator<number, void>;
  count(all?: boolean): number;
  csv(request: CsvRequest): Generator<CsvChunk, void>;
  /** PricebookEntry ordinals of a Product2 ordinal and the like; undefined when there is no index for it. */
  children(parentOrdinal: number, referenceField: string): readonly number[] | undefined;
  /**
   * A superset, ascending, of the rows whose SystemModstamp is at or after this instant (epoch ms), the binned ones
   * included; undefined when only a scan of all rows can tell.
   */
  touchedSince(ms: number): readonly number[] | undefined;
  /** Live rows with this value in a field, text in any case; by index when the field is unique, else by scan. */
  find(field: string, value: SfValue): number[];
}

/** The org at one instant. Repeatable until released; a Bulk job holds one as long as its results live. */
export interface Snapshot {
  /** Number of commits visible. */
  readonly seq: number;
  /** Org time of the statement (epoch ms). */
  readonly at: number;
  /** Canonical API name. Throws SalesforceError INVALID_TYPE for unknown objects. */
  table(object: string): TableView;
  /** A record by id, undefined when absent, invisible or (without `all`) deleted. Takes 15 or 18 characters. */
  get(
    object: string,
    id: string,
    options?: { all?: boolean; fields?: readonly string[] },
  ): SfRecord | undefined;
  release(): void;
}
