import type { AsideReason, MirroredObjectName } from '../sobject/mirrored-object.ts';
import type { Home, RecordState } from '../merge/record-state.ts';
import type { Version } from '../version/version.ts';

/** A record as it is stored: its merged state, and where it lives. */
export interface StoredRecord {
  readonly state: RecordState;
  readonly home: Home;
}

/** Values of the user's columns, by column name; decimals as text. */
export type ColumnValues = Readonly<Record<string, string | boolean | null>>;

/** A record to be written. `main` carries the user's columns; `aside` what it waits for. */
export type PlacedRecord =
  | { readonly state: RecordState; readonly home: { readonly kind: 'main' }; readonly columns: ColumnValues }
  | {
      readonly state: RecordState;
      readonly home: { readonly kind: 'aside'; readonly reason: AsideReason };
      /** Parent that a `product_missing` record waits for, or the parent of any aside child. */
      readonly parentKey: string | null;
      /** SKU that this record claims; null when it could not stand in its table even if nobody else claimed it. */
      readonly uniqueKey: string | null;
    };

/**
 * A product that claims a SKU: one in its shadow table, or one aside whose `uniqueKey` is set (it is alive and could
 * stand in the table but for another claimant).
 */
export interface SkuClaimant {
  readonly sku: string;
  readonly recordId: string;
  /** Leaf `IsActive` is true and leaf `IsArchived` is not. */
  readonly active: boolean;
  readonly home: Home;
}

/** Points at one record. */
export interface RecordRef {
  readonly object: MirroredObjectName;
  readonly recordId: string;
}

export interface ParkedCount {
  readonly object: MirroredObjectName;
  readonly reason: AsideReason;
  readonly count: number;
}

/** One row of a Bulk page on its way into the shadow by the set-based path. */
export interface StagedRow {
  readonly recordId: string;
  readonly alive: boolean;
  /** JSON text of the leaves that have a value. */
  readonly payload: string;
  /** User's columns when the row could stand in its shadow table as far as its own values tell; else null. */
  readonly columns: ColumnValues | null;
  readonly srcModifiedAt: string | null;
}

/** What every row of one staged page shares. */
export interface StageFacts {
  readonly object: MirroredObjectName;
  readonly stamp: Version;
  readonly schemaRev: number;
  /** Class-S leaves of that revision. */
  readonly leaves: readonly string[];
  /** Source time of the read, ISO 8601. */
  readonly readAt: string;
}

/** All records of one object that share a lane: the unit in which records are locked. @see laneOf */
export interface RecordLane {
  readonly object: MirroredObjectName;
  readonly lane: number;
}

/** Sees what is staged before the database has it. */
export interface LineTaker {
  /**
   * Takes whole lines as they go into the staging table, so that nothing is written as text twice. Resolves when more
   * may come: what is taken is compressed meanwhile.
   * @param received rows that the lines stand for; of a record that came twice only the first has a line
   */
  take(lines: Uint8Array, received: number): Promise<void>;
}

/**
 * One PostgreSQL transaction over shadow rows. Locks are taken in a fixed order (lanes, parents' before children's and
 * ascending; SKU claims sorted; rows sorted by table and key), so that concurrent transactions wait for each other
 * instead of deadlocking.
 */
export interface ShadowTransaction {
  /**
   * Keeps every other writer out of these lanes until the transaction ends. Call first, and with all lanes at once:
   * who takes more later may cross with somebody.
   */
  lockLanes(lanes: readonly RecordLane[]): Promise<void>;
  /** Serialises decisions on these SKUs until the transaction ends. Call before `load`. */
  lockSkus(skus: readonly string[]): Promise<void>;
  /** Keeps every other SKU decision out until the transaction ends: for set-based writes of many products. */
  lockAllSkus(): Promise<void>;
  /**
   * Loads and locks records of one object, in both homes, in key order, and their lanes with them. Whoever asks
   * `presentInMain` is not kept out, so that prices and their product are written side by side; `childrenOf` is what
   * keeps prices from being added below a product that is about to leave.
   */
  load(object: MirroredObjectName, recordIds: readonly string[]): Promise<Map<string, StoredRecord>>;
  /**
   * As of the last `load` of the object: events at or below it may be about a record whose tombstone was purged. `''` when
   * none ever was.
   */
  floorOf(object: MirroredObjectName): Version;
  /** Living records that claim one of the SKUs, in either home. */
  claimants(skus: readonly string[]): Promise<readonly SkuClaimant[]>;
  /**
   * Ids of the children of these parents: those in their table, and those that wait aside. From here on nobody adds
   * one below a parent that stands in its table, until the transaction ends.
   * @param object the parents' object
   */
  childrenOf(
    object: MirroredObjectName,
    parentIds: readonly string[],
  ): Promise<readonly { recordId: string; parentId: string; home: Home }[]>;
  /** Which of these records stand in their shadow table; locks the rows against leaving it. */
  presentInMain(object: MirroredObjectName, recordIds: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Writes records, moving them between their homes where the home changed. Children leave before their parents, and
   * parents arrive before their children. SKUs may change hands within one call, so that no order of single updates
   * would satisfy the unique constraint.
   */
  write(records: readonly PlacedRecord[]): Promise<void>;

  /**
   * COPY of one page into this transaction's staging table. Returns the number of rows that came.
   * @param taker is handed what is staged, line by line
   */
  stage(
    facts: StageFacts,
    rows: AsyncIterable<readonly StagedRow[]> | Iterable<readonly StagedRow[]>,
    taker?: LineTaker,
  ): Promise<number>;
  /**
   * Puts staged rows that are new, or wholly older than the read, into the shadow table by one statement; leaves the
   * others. "Others": rows with `columns: null`, deleted rows, records that live aside, rows with anything at or above
   * the stamp, duplicate or foreign SKU claims, missing parents.
   * "Wholly older" means `v_max < stamp`, `schema_rev = facts.schemaRev`, and no entry of `v_fields` outside
   * `facts.leaves`; a row of another revision keeps versions that only the merge can carry over.
   * "Foreign claim": another record, in either home, claims the row's new SKU or the one it gives up.
   * Rows that are older than the stamp claims (the log knows better) are neither landed nor left: their records have to
   * be read again.
   */
  landStaged(facts: StageFacts): Promise<Landing>;
}

/** What became of a staged page. */
export interface Landing {
  readonly landed: number;
  /** For the record-by-record path. */
  readonly left: AsyncIterable<readonly StagedRow[]>;
  readonly outdated: OutdatedRows;
}

/** Records whose rows came from a replica that had not seen all that the stamp claims. */
export interface OutdatedRows {
  readonly recordIds: readonly string[];
  /** Up to when the object was proven before this read, ISO 8601; null: nothing was. What the records are right as of. */
  readonly since: string | null;
}

/** What a list of ids lacks. */
export interface Unlisted {
  readonly count: number;
  readonly records: readonly { readonly recordId: string; readonly young: boolean }[];
}

export interface ShadowStore {
  /** Runs `work` in one transaction; repeats it after a deadlock or serialisation failure, at most 5 times. */
  transaction<T>(work: (tx: ShadowTransaction) => Promise<T>): Promise<T>;
  /** The number of this set of class-S leaves, in order of first sight. @see RecordState.schemaRev */
  schemaRevision(object: MirroredObjectName, leaves: readonly string[]): Promise<number>;
  /** The leaf set of a revision. */
  leavesOf(object: MirroredObjectName, revision: number): Promise<ReadonlySet<string>>;
  /** A number drawn before a read is sent; orders reads of equal stamp. */
  nextReadSeq(): Promise<bigint>;
  /** Generation of the object's commit numbering. */
  epoch(object: MirroredObjectName): Promise<number>;

  /** Records in either home, without any lock: for comparisons, never as the base of a write. */
  peek(object: MirroredObjectName, recordIds: readonly string[]): Promise<Map<string, StoredRecord>>;
  /** Records of the object that are alive, in both homes. */
  livingCount(object: MirroredObjectName): Promise<number>;
  /**
   * Living records that a list of ids does not name and whose existence nothing at or above the stamp speaks for. The
   * list is taken as it comes and never held in memory.
   * @param terms.youngSince a record with a change at or below the stamp that was committed later than this is young: a
   *   replica that is behind would not list it either
   * @param terms.most no more records are handed back; all are counted
   */
  unlisted(
    object: MirroredObjectName,
    ids: AsyncIterable<readonly string[]>,
    terms: { readonly stamp: Version; readonly youngSince: Date; readonly most: number },
  ): Promise<Unlisted>;
  /** Ids known in either home, in byte order, after `after` (`''` = from the first). */
  recordIdsAfter(object: MirroredObjectName, after: string, limit: number): Promise<readonly string[]>;
  /** Ids that wait aside for this reason, in byte order, after `after` (`''` = from the first). */
  waiting(
    object: MirroredObjectName,
    reason: AsideReason,
    after: string,
    limit: number,
  ): Promise<readonly string[]>;
  /**
   * Records aside whose cause is gone: `product_missing` with the parent now in its table, `sku_taken` with no record
   * in the shadow table holding the SKU. Oldest first.
   */
  releasable(limit: number): Promise<readonly RecordRef[]>;
  /** Records aside by object and reason; tombstones (`deleted`) are counted too. */
  parkedCounts(): Promise<readonly ParkedCount[]>;
  /** Hash of the projection (field map, default currency) that the object's user columns were written with. */
  projectionHash(object: MirroredObjectName): Promise<string | null>;
  rememberProjection(object: MirroredObjectName, hash: string): Promise<void>;
}
