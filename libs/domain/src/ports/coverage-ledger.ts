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
  /** Opens a hole unless one of the same object, scope, record and cause is open already; returns that one then. */
  open(hole: Pick<Hole, 'object' | 'scope' | 'recordId' | 'cause' | 'from' | 'version'>): Promise<Hole>;
  openHoles(): Promise<readonly Hole[]>;
  /** Adds the interval and closes the holes that it covers, in one transaction. @returns the holes closed */
  prove(interval: CoverageInterval, closes: readonly bigint[]): Promise<void>;
  /** Prolongs the newest interval of this kind, or starts one. */
  extend(object: MirroredObjectName, facet: Facet, via: Evidence, epoch: number, to: Date): Promise<void>;
  intervals(object: MirroredObjectName, facet: Facet): Promise<readonly CoverageInterval[]>;
}
