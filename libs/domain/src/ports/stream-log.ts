import type { MirroredObjectName } from '../sobject/mirrored-object.ts';
import type { Version } from '../version/version.ts';
import type { ReceivedEvent } from './change-source.ts';

/** The right to write one topic's log, with a token that rises with every owner. */
export interface StreamLease {
  readonly streamId: number;
  readonly topic: string;
  readonly owner: string;
  readonly fence: bigint;
}

/** How far a topic is stored. The position moves only in the transaction that stores the events before it. */
export interface StreamPosition {
  readonly epoch: number;
  /** Resume after this; null before the first event or keep-alive was stored. */
  readonly replayId: Uint8Array | null;
  /** Highest commit number stored in this epoch. */
  readonly commitNumber: bigint | null;
  /** `commitTimestamp` of the newest event stored, ISO 8601. */
  readonly commitTimestamp: string | null;
  /** Source time up to which the stream proves that nothing is missing; null before the first evidence. */
  readonly evidenceAt: Date | null;
  /** Where that proof begins. The stream counts as an interval of coverage from here to `evidenceAt`. */
  readonly evidenceFrom: Date | null;
  /** Next number to be given; gaps are legal. */
  readonly nextSeq: bigint;
}

/** One record named by an event. */
export interface StoredChange {
  readonly object: MirroredObjectName;
  readonly recordId: string;
  readonly version: Version;
  readonly changeType: string;
  /** ISO 8601. */
  readonly committedAt: string;
}

/** An event as it enters the log: the bytes received, and what decoding found in them. */
export interface EventToStore {
  readonly event: ReceivedEvent;
  /**
   * The number of its commit, if it decoded, and the SHA-256 of schema id and payload. Sent again once it can be decoded,
   * an event has another one than before; its changes are then absorbed one by one.
   */
  readonly fingerprint: Uint8Array;
  /** Empty when the event did not decode, or names no mirrored record. */
  readonly changes: readonly StoredChange[];
  readonly error: 'schema-unknown' | 'undecodable' | null;
  /** UTC day of `commitTimestamp`, of arrival when undecodable: `2026-11-20`. */
  readonly day: string;
}

export interface EventBatch {
  /** In bus order. None: a keep-alive. */
  readonly events: readonly EventToStore[];
  /** New checkpoint; null or empty: no position, the stored one stays. */
  readonly replayId: Uint8Array | null;
  /** Highest of the batch; the stored position never goes back. */
  readonly commitNumber: bigint | null;
  readonly commitTimestamp: string | null;
  readonly evidenceAt: Date | null;
  /**
   * Source time from which an unbroken subscription proves, heeded only with the first evidence after a beginning (new
   * topic, new epoch, cursor moved by hand). Absent: the proof begins at that evidence.
   */
  readonly evidenceFrom?: Date | null;
  /** Lowest number that the next event can have, by all that this owner has stored. Absent: not compared. */
  readonly seen?: bigint;
}

export interface StoredBatch {
  readonly stored: number;
  /** Events that were in the log already. */
  readonly duplicates: number;
  /** Lanes that have something new, with the highest stream number of each. */
  readonly lanes: readonly { readonly lane: number; readonly upTo: bigint }[];
  /** Commit numbers below the position when they arrived, and not duplicates. */
  readonly outOfOrder: number;
}

/**
 * The raw log and its positions.
 *
 * Promise: an event counts as received only after its original bytes, the position behind it and the check that we
 * still own the topic have committed together. A miss looks like a topic whose position is ahead of its log, and
 * cannot happen; a duplicate looks like a fingerprint that is there already, and is absorbed.
 */
export interface StreamLog {
  /** @returns undefined while another owner's lease lives. Time is the database's */
  acquire(
    topic: string,
    objects: readonly MirroredObjectName[],
    owner: string,
    seconds: number,
  ): Promise<StreamLease | undefined>;
  /**
   * @param seen as in a batch: a position below it went back with the whole database, as in a failover to a server that
   *   was behind
   * @returns false when the lease was lost, or the position went back: stop streaming
   */
  renew(lease: StreamLease, seconds: number, seen?: bigint): Promise<boolean>;
  release(lease: StreamLease): Promise<void>;
  position(streamId: number): Promise<StreamPosition>;
  /**
   * Durable when it resolves, and with it the stream's coverage up to `evidenceAt`: no `CoverageLedger.extend` is needed.
   * @throws UmbraError SYNC_FENCED when another owner has the topic, the position went back, or a version is of another epoch than the topic's
   *   present one: nothing was stored
   */
  append(lease: StreamLease, batch: EventBatch): Promise<StoredBatch>;
  /**
   * A new numbering for every object of the topic: a refused position, another org. Forgets the replay id, so that the
   * next subscription starts at the earliest event. Opens a hole for each object in the same transaction
   * (`replay-rejected` or `epoch-raised`), since a process that died in between would leave nobody to repair. What is
   * stored and not applied stays pending with its old versions. Other topics that carry one of the objects lose their
   * owner, who takes the new epoch over with the next lease.
   * @returns the new epoch
   * @throws UmbraError SYNC_FENCED
   */
  raiseEpoch(lease: StreamLease, reason: EpochRaise): Promise<number>;
  /**
   * The highest position of the object's topics that was durable `seconds` before the newest sample: what a read may be
   * stamped with. The epoch is the sample's own: after a raise the old one is answered until a sample of the new one is
   * old enough. @see readStamp
   */
  durablePosition(object: MirroredObjectName, seconds: number): Promise<DurablePosition>;
  /**
   * Remembers the present position of every stream; called every 10 s. Old samples go.
   * @param elapsedMs milliseconds since this process sampled last, by its monotonic clock; 0 for its first sample. A
   *   step of the database's clock cannot make a sample look older than this allows. Absent: that clock is believed.
   */
  samplePositions(elapsedMs?: number): Promise<void>;
  streams(): Promise<readonly StreamStatus[]>;
  /** Events stored in no partition of their day: days out of range, or a partition that is missing. An alarm. */
  strays(): Promise<number>;
  /** Events stored without having been decoded, oldest first. */
  undecoded(limit: number): Promise<readonly UndecodedEvent[]>;
  /**
   * Adds the changes of an event that decodes now, in one transaction, under a new stream number: lanes have passed the
   * event's own. The stored position moves up to the event's commit: on a quiet topic no read could ever be stamped above
   * it otherwise. An event that somebody else has decoded meanwhile is left alone. @returns lanes to nudge
   */
  decoded(
    event: UndecodedEvent,
    changes: readonly StoredChange[],
    at: CommitPosition,
  ): Promise<StoredBatch['lanes']>;
  /**
   * Moves the stored position by hand. Whoever streams is fenced off and must read it anew; the stream's proof ends and
   * begins again, and a hole `operator-skip` opens for each object. null: the earliest event.
   */
  setCursor(topic: string, replayId: Uint8Array | null): Promise<void>;
}

export interface DurablePosition {
  readonly epoch: number;
  /** null: no position of this epoch is that old. */
  readonly commitNumber: bigint | null;
  /** Of the newest event stored then, ISO 8601: the other half of the sign that numbers have begun anew. */
  readonly commitTimestamp?: string | null;
}

export type EpochRaise = 'replay-refused' | 'org-changed' | 'numbers-restarted' | 'operator';

/** Where in the source's history an event stands. */
export interface CommitPosition {
  readonly commitNumber: bigint;
  /** ISO 8601. */
  readonly commitTimestamp: string;
}

export interface UndecodedEvent {
  readonly streamId: number;
  readonly streamSeq: bigint;
  readonly epoch: number;
  readonly day: string;
  readonly schemaId: string;
  readonly payload: Uint8Array;
  readonly receivedAt: Date;
}

export interface StreamStatus extends StreamPosition {
  readonly streamId: number;
  readonly topic: string;
  readonly objects: readonly MirroredObjectName[];
  readonly owner: string | null;
  readonly leaseAlive: boolean;
  readonly fence: bigint;
  /** Changes stored and not yet applied. */
  readonly backlog: number;
  /** `commitTimestamp` of the oldest of them. */
  readonly oldestUnapplied: string | null;
}
