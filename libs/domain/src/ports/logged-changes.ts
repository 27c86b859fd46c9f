import type { MirroredObjectName } from '../sobject/mirrored-object.ts';
import type { PendingChange } from './change-log.ts';

/** Which stored changes; what is left out restricts nothing. */
export interface LoggedChangesFilter {
  readonly object?: MirroredObjectName;
  /** 18 characters. */
  readonly recordIds?: readonly string[];
  readonly topic?: string;
  /** Commit time by the source's clock, `from` included, `to` not. */
  readonly from?: Date;
  readonly to?: Date;
}

/** The stored changes as something to be read again, whether they are applied or not. */
export interface LoggedChanges {
  /**
   * In batches of at most 500; the changes of one lane of one stream in stored order. Holds no transaction open: what is
   * stored while it reads may or may not be among them.
   */
  read(filter: LoggedChangesFilter): AsyncIterable<readonly PendingChange[]>;
}
