import type { ArchivedDay } from './raw-log-days.ts';
import type { Archive } from './archive.ts';

/** An event of the raw log, wherever it stands by now. */
export interface LoggedEvent {
  readonly day: string;
  readonly streamId: number;
  readonly streamSeq: bigint;
  readonly epoch: number;
  readonly schemaId: string;
  readonly payload: Uint8Array;
}

/** The raw log as something to be read again from its beginning. Events that nobody could read are left out. */
export interface EventHistory {
  /** Events that are in the database, of this UTC day and later, in batches; each stream's in stored order. */
  logged(fromDay: string): AsyncIterable<readonly LoggedEvent[]>;
  /** @throws UmbraError STORE_ARCHIVE_MISSING, STORE_ARCHIVE_DAMAGED */
  archived(day: ArchivedDay, archive: Archive): AsyncIterable<readonly LoggedEvent[]>;
}
