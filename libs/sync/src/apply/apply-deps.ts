import type { ChangeLog, Clock, CoverageLedger, PendingChange } from '@umbra/domain';
import type { SchemaBook } from '../ingest/schema-book.ts';
import type { Mirror } from '../mirror/mirror.ts';
import type { WantedRefresh } from './lane-inputs.ts';
import type { Returning } from './returning.ts';

/** One committed batch; the composition root makes metrics and a log line of it. */
export interface LaneReport {
  readonly lanes: readonly number[];
  readonly changes: readonly PendingChange[];
  readonly written: number;
  readonly aside: number;
  /** Changes that could not be merged as what they are. */
  readonly poisoned: readonly PendingChange[];
  /** Milliseconds from the look at the log to the end of the invalidation. */
  readonly took: number;
}

export interface ApplyDeps {
  readonly mirror: Mirror;
  readonly changes: ChangeLog;
  readonly schemas: SchemaBook;
  readonly ledger: CoverageLedger;
  readonly clock: Clock;
  /** Shared by everything in this process that drains lanes. */
  readonly returning: Returning;
  /** Asked for reads that complete records (gaps, text diffs, poison). Losing a request costs time only. */
  readonly refresh: (wanted: readonly WantedRefresh[]) => void;
  /** Called for a schema before its first event is applied. */
  readonly onSchema?: (schemaId: string, first: PendingChange) => Promise<void>;
  readonly onApplied?: (report: LaneReport) => void;
}
