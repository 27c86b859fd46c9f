import type { MirroredObjectName } from '../sobject/mirrored-object.ts';
import type { ShadowTransaction } from './shadow-store.ts';
import type { StoredChange } from './stream-log.ts';

/** Records are spread over this many lanes; a lane has one worker at a time, and different lanes never wait. */
export const LANES = 64;

/** A change waiting to be applied, with the bytes it came from. */
export interface PendingChange extends StoredChange {
  readonly streamId: number;
  readonly streamSeq: bigint;
  readonly schemaId: string;
  readonly payload: Uint8Array;
}

/** What a lane's worker holds while it applies a batch: the lane, and the transaction that its rows are written in. */
export interface LaneTransaction extends ShadowTransaction {
  /** The next changes of the lane, of all streams, in stored order. Empty when everything is applied. */
  pending(limit: { readonly changes: number; readonly bytes: number }): Promise<readonly PendingChange[]>;
  /** Moves the applied position of the lane behind these changes, in this transaction. */
  applied(changes: readonly PendingChange[]): Promise<void>;
}

/** The stored changes as work to be done. The applied position moves only with the rows. */
export interface ChangeLog {
  /** @returns undefined when another worker holds the lane: it will see what we saw */
  withLane<T>(lane: number, work: (tx: LaneTransaction) => Promise<T>): Promise<T | undefined>;
  /** Lanes whose applied position trails the stored one. */
  laggingLanes(): Promise<readonly { readonly lane: number; readonly upTo: bigint }[]>;
  /** `commitTimestamp` of the oldest stored and unapplied change of each object. */
  oldestUnapplied(): Promise<ReadonlyMap<MirroredObjectName, string>>;
  /** Whether some event at or below the version says the record was modified after this instant: the judge of stale reads. */
  modifiedAfter(
    object: MirroredObjectName,
    recordId: string,
    version: string,
    instant: string,
  ): Promise<boolean>;
}
