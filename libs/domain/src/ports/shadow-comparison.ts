import type { MirroredObjectName } from '../sobject/mirrored-object.ts';
import type { StagedRow } from './shadow-store.ts';

/** Records of an object by id, half open; null = unbounded. */
export interface RecordRange {
  readonly fromId: string | null;
  readonly toId: string | null;
}

/** What can be said of many records in one line: enough to notice most differences, too little to name them. */
export interface RangeDigest {
  /** Living records. */
  readonly count: number;
  /** Newest `LastModifiedDate` among them, canonical ISO 8601; null when there is none. */
  readonly newest: string | null;
}

/** A row of a read that the shadow does not show as it is. */
export interface Suspect {
  readonly recordId: string;
  /** The user's columns differ although the stored leaves are those of the read. */
  readonly columnsOnly: boolean;
}

/** The shadow beside a read, without any lock: for comparisons, never as the base of a write. */
export interface ShadowComparison {
  /**
   * Those of the rows that need a closer look: another existence, another leaf, other columns, an open gap, an older
   * schema revision. Unknown deleted records are none. Compared by the server, so that equal rows never travel.
   */
  suspects(
    object: MirroredObjectName,
    schemaRev: number,
    rows: readonly StagedRow[],
  ): Promise<readonly Suspect[]>;
  /** One digest per range, both homes together. */
  digests(object: MirroredObjectName, ranges: readonly RecordRange[]): Promise<readonly RangeDigest[]>;
  /** Cuts the object into ranges of about so many living records each; the outermost are unbounded. */
  rangesOf(object: MirroredObjectName, rows: number, within?: RecordRange): Promise<readonly RecordRange[]>;
  /**
   * Removes leaves that describe no longer lists from up to `limit` records after `after`, in id order.
   * @returns how many had any, and where to go on; null at the end
   */
  dropUnlisted(
    object: MirroredObjectName,
    listed: readonly string[],
    after: string,
    limit: number,
  ): Promise<{ readonly cleaned: number; readonly next: string | null }>;
}
