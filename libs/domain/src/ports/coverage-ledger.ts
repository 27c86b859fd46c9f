import type { MirroredObjectName } from '../sobject/mirrored-object.ts';
import type { Version } from '../version/version.ts';

/** `rows`: creations and changes; `deletes`: records that went. */
export type Facet = 'rows' | 'deletes';

export type Evidence = 'stream' | 'backfill' | 'sweep' | 'delta' | 'reconcile';

/** Every commit on the object between these instants (source clock) is represented in the shadow. */
export interface CoverageInterval {
  readonly object: MirroredObjectName;
  readonly facet: Facet;
  /** null: from the beginning. */
  readonly from: Date | null;
  readonly to: Date;
  readonly via: Evidence;
  readonly epoch: number;
  readonly runId: string | null;
  /** Stamp of the read that proves it; none for a stream. */
  readonly stamp?: Version | null;
  /** `to` by the clock that dates the opening of holes, where a read has another clock; left out: the same instant. */
  readonly seenUntil?: Date;
}

/** Why something may be missing. A closed set: it is a metric label. */
export type HoleCause =
  | 'stream-silent'
  | 'replay-rejected'
  | 'epoch-raised'
  | 'overflow'
  | 'wildcard'
  | 'schema-changed'
  | 'undecodable'
  | 'gap'
  | 'poison'
  | 'operator-skip';

/** A break in what is proven, with its cause. An open one lowers every answer that it touches. */
export interface Hole {
  readonly id: bigint;
  readonly object: MirroredObjectName;
  readonly scope: 'object' | 'record';
  readonly recordId: string | null;
  readonly cause: HoleCause;
  /** Source time before which everything is still proven. */
  readonly from: Date;
  readonly openedAt: Date;
  /** A read closes the hole only when it is stamped at or above this. */
  readonly version: Version | null;
  readonly closedAt: Date | null;
  readonly closedBy: string | null;
}

export interface CoverageLedger {
  /**
   * Opens a hole unless one of the same object, scope, record and cause is open already. That one is widened then, to
   * the earlier start and the higher version, and counts as opened now: a repair under way must not close what it has
   * not seen.
   */
  open(hole: Pick<Hole, 'object' | 'scope' | 'recordId' | 'cause' | 'from' | 'version'>): Promise<Hole>;
  /** Oldest first. */
  openHoles(): Promise<readonly Hole[]>;
  /**
   * Adds the interval and closes those of the holes that it covers, in one transaction: same object, the hole's start
   * within the interval, and the stamp at or above the hole's version where it has one. A read (an interval with a
   * stamp) closes only what was opened no later than it has seen.
   * @returns the holes closed
   */
  prove(interval: CoverageInterval, closes: readonly bigint[]): Promise<readonly bigint[]>;
  /**
   * Closes record-scope holes whose record was read again, or whose cause is gone.
   * @param stamp of that read; a hole with a higher version stays open
   * @returns the holes closed
   */
  closeRecords(ids: readonly bigint[], by: string, stamp: Version | null): Promise<readonly bigint[]>;
  /**
   * Prolongs the newest interval of this kind, or starts one that proves nothing yet. Streams need not: their evidence
   * is stored with their events.
   */
  extend(object: MirroredObjectName, facet: Facet, via: Evidence, epoch: number, to: Date): Promise<void>;
  /** By start; a stream's own interval is among the `rows`. */
  intervals(object: MirroredObjectName, facet: Facet): Promise<readonly CoverageInterval[]>;
}
