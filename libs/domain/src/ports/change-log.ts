import type { MirroredObjectName } from '../sobject/mirrored-object.ts';
import type { ShadowTransaction } from './shadow-store.ts';
import type { StoredChange } from './stream-log.ts';

/** A change waiting to be applied, with the bytes it came from. */
export interface PendingChange extends StoredChange {
  readonly streamId: number;
  readonly streamSeq: bigint;
  readonly schemaId: string;
  readonly payload: Uint8Array;
}

/** What the worker of some lanes holds while it applies a batch: the lanes, and the transaction that its rows are written in. */
export interface LaneTransaction extends ShadowTransaction {
  /** Lanes that are held, ascending: those asked for that nobody else has. */
  readonly lanes: readonly number[];
  /**
   * The next changes of the lanes, in each lane every stream's in stored order, lanes and streams taking turns. At
   * least one, however large; empty when everything is applied. Of many lanes, none gives all of its changes at once.
   * @param limit.bytes payload bytes, counted once per change
   */
  pending(limit: { readonly changes: number; readonly bytes: number }): Promise<readonly PendingChange[]>;
  /**
   * Moves the applied positions of the lanes behind these changes, in this transaction.
   * @throws RangeError when that would pass over a change that `pending` returned and that is not among them
   */
  applied(changes: readonly PendingChange[]): Promise<void>;
}

/**
 * The stored changes as work to be done. The applied position moves only with the rows: a server that crashes before
 * its disk has them forgets both, and the changes are applied again from the log.
 */
export interface ChangeLog {
  /**
   * The whole transaction is done again after a deadlock or serialisation failure, at most 5 times.
   * @returns undefined when other workers hold all of the lanes: they will see what we saw
   */
  withLanes<T>(lanes: readonly number[], work: (tx: LaneTransaction) => Promise<T>): Promise<T | undefined>;
  /** Lanes whose applied position trails the stored one. `upTo` is the highest stream number of any stream: a hint. */
  laggingLanes(): Promise<readonly { readonly lane: number; readonly upTo: bigint }[]>;
  /** `commitTimestamp` of the oldest stored and unapplied change of each object. */
  oldestUnapplied(): Promise<ReadonlyMap<MirroredObjectName, string>>;
  /**
   * Closes days of the log of which all changes are applied, so that looks for what waits pass them by. What is late
   * opens its day again.
   * @returns how many
   */
  closeDays(): Promise<number>;
  /** Whether some event at or below the version says the record was modified after this instant: the judge of stale reads. */
  modifiedAfter(
    object: MirroredObjectName,
    recordId: string,
    version: string,
    instant: string,
  ): Promise<boolean>;
  /**
   * Runs `work` unless another process is running work of this name: for sweeps, of which one at a time is enough. Not
   * a guarantee (a connection may be cut under it), so the work itself must bear being done twice.
   * @returns undefined when another one is at it
   */
  alone<T>(name: string, work: () => Promise<T>): Promise<T | undefined>;
}
