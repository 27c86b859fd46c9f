import type { MergeInput } from '../merge/merge-input.ts';
import type { MirroredObjectName } from '../sobject/mirrored-object.ts';
import type { Version } from '../version/version.ts';
import type { LandedPage } from './run-store.ts';
import type { LineTaker, ShadowTransaction, StagedRow } from './shadow-store.ts';

/** Takes the rows of one page while they pass by on their way into the shadow: handed to `ShadowTransaction.stage`. */
export interface PageKeeper extends LineTaker {
  /**
   * Stores what was taken, in the transaction that lands the page. Call after the page was noted there.
   * @param outdated records of the page that are to be read again: their rows do not count
   */
  store(
    tx: ShadowTransaction,
    run: string,
    slice: number,
    page: LandedPage,
    outdated: readonly string[],
  ): Promise<void>;
}

/** What all rows of a kept page share. */
export interface KeptSlice {
  readonly run: string;
  readonly slice: number;
  readonly object: MirroredObjectName;
  readonly stamp: Version;
  readonly revision: number;
  /** Names selected, stored and read-only ones. */
  readonly columns: readonly string[];
  /** Source time of the read, ISO 8601. */
  readonly readAt: string;
  /** Start of its run. */
  readonly startedAt: Date;
}

/** A row of a kept page, as it was read; the user's columns are worked out anew. */
export type KeptRow = Omit<StagedRow, 'columns'>;

/**
 * Everything that was read from Salesforce and merged, until a complete read of the object says it anew. Together with
 * the raw log it is the whole shadow: rows can be rebuilt from it without asking Salesforce anything.
 *
 * Pages of Bulk reads are kept whole; of reads by id the newest of each record, and the newest word that it is gone.
 */
export interface KeptReads {
  page(): PageKeeper;
  /** Keeps reads among these statements, in the transaction that merges them. Events are in the log already. */
  keep(tx: ShadowTransaction, statements: readonly MergeInput[]): Promise<void>;
  /**
   * Slices of the newest complete read of the object and of every read begun since, oldest first. Empty: there is no
   * complete read of which every page was kept.
   */
  slices(object: MirroredObjectName): Promise<readonly KeptSlice[]>;
  rows(slice: KeptSlice): AsyncIterable<readonly KeptRow[]>;
  reads(object: MirroredObjectName): AsyncIterable<readonly MergeInput[]>;
  /** Forgets what a newer complete read has said again. @returns pages and reads forgotten */
  forgetSuperseded(dryRun?: boolean): Promise<{ readonly pages: number; readonly reads: number }>;
}
