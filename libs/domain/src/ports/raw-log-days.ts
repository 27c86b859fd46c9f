import type { Archive } from './archive.ts';

/** A day of the raw log as one file of the archive. */
export interface ArchivedDay {
  /** UTC, `2026-11-20`. */
  readonly day: string;
  readonly file: string;
  /** Events. */
  readonly rows: number;
  /** Size of the compressed file. */
  readonly bytes: number;
  /** SHA-256 of the compressed file, hexadecimal. */
  readonly sha256: string;
  /**
   * The first 64 bits of SHA-256 (schema id and payload) of every event, combined by exclusive or, hexadecimal: the
   * same whatever the order, so table and file can be compared without sorting either.
   */
  readonly fingerprint: string;
  readonly archivedAt: Date;
  /** null while the tables of the day are still there. */
  readonly droppedAt: Date | null;
}

/** Why a day stays in the database although its time is over. */
export type HeldDay =
  /** Changes that no lane has applied. */
  | 'unapplied'
  /** Events that could not be read yet. */
  | 'undecoded'
  /** Changes that could not be merged, of records that no read has repaired since. */
  | 'parked';

/**
 * The raw log by days: each has tables of its own, which are detached and dropped whole, never emptied row by row.
 * The order that loses nothing is `archive`, `verify`, `drop`; after a crash at any point it begins again.
 */
export interface RawLogDays {
  /** Makes the tables of today and of the two days that follow. @returns false while one of them cannot be had */
  ensureAhead(): Promise<boolean>;
  /** Moves events that the default table had to catch into tables of their day, where it may have one. @returns events */
  adoptStrays(): Promise<number>;
  /** Events that still stand in the default table. */
  strays(): Promise<number>;
  /** Days with tables of their own that are older than `keepDays` whole days, oldest first. */
  expired(keepDays: number): Promise<readonly string[]>;
  /** @returns undefined when nothing in it is needed any more */
  heldBy(day: string): Promise<HeldDay | undefined>;
  /** Events and payload bytes of the day's table. */
  size(day: string): Promise<{ readonly rows: number; readonly bytes: number }>;
  /** Writes the day's file and its manifest, and notes it. A day that was archived already is written again. */
  archive(day: string, archive: Archive): Promise<ArchivedDay>;
  /**
   * Reads the file back, every byte, and compares it with its manifest and, while that exists, with the day's table.
   * @throws UmbraError STORE_ARCHIVE_DAMAGED, STORE_ARCHIVE_MISSING
   */
  verify(day: ArchivedDay, archive: Archive): Promise<void>;
  /**
   * Detaches and drops the day's tables, in one transaction that has looked once more whether they hold what was archived.
   * @throws UmbraError STORE_ARCHIVE_DAMAGED when they do not: archive the day again; STORE_CONFLICT when their lock
   *   cannot be had within seconds
   */
  drop(day: ArchivedDay): Promise<void>;
  /** Oldest first. */
  archived(): Promise<readonly ArchivedDay[]>;
}
