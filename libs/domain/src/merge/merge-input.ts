import type { Leaves } from '../sobject/leaf.ts';
import type { MirroredObjectName } from '../sobject/mirrored-object.ts';
import type { Version } from '../version/version.ts';

/** What every statement about a record has. Leaf values are canonical (`canonicalLeaf`). */
interface Statement {
  readonly object: MirroredObjectName;
  /** 18 characters. */
  readonly recordId: string;
  /** Version of the event, or stamp of the read. */
  readonly version: Version;
  /** `commitTimestamp` of an event, `SystemModstamp` of a row; ISO 8601. Never decides an order. */
  readonly modifiedAt: string | null;
}

/** CREATE or UNDELETE: a full image; a leaf of the revision that is absent from `leaves` is null. */
export interface ImageEvent extends Statement {
  readonly kind: 'create' | 'undelete';
  /** Revision of the event's own schema. */
  readonly revision: number;
  readonly leaves: Leaves;
}

/**
 * UPDATE: over Pub/Sub every field is present, and "unchanged" and "set to null" look alike, so the bitmaps decide.
 * Values of leaves that they do not name (enriched fields) are ignored.
 */
export interface UpdateEvent extends Statement {
  readonly kind: 'update';
  readonly revision: number;
  readonly leaves: Leaves;
  /** Leaves of `changedFields`, nested ones included. */
  readonly changed: readonly string[];
  /** Leaves of `nulledFields`. */
  readonly nulled: readonly string[];
  /** Leaves of `diffFields`: the value came as a text diff and is not applied. */
  readonly diffed: readonly string[];
}

export interface DeleteEvent extends Statement {
  readonly kind: 'delete';
  /** Winner, when the record was merged away. */
  readonly masterId: string | null;
}

/** GAP_*: something happened, values unknown. */
export interface GapEvent extends Statement {
  readonly kind: 'gap';
  readonly change: 'create' | 'update' | 'undelete' | 'delete';
}

/** An event that cannot be merged: what it said is unknown, so a read above it has to tell. */
export interface PoisonEvent extends Statement {
  readonly kind: 'poison';
}

/** A row read from Salesforce, whole or in part. */
export interface RowRead extends Statement {
  readonly kind: 'read';
  /** The revision whose every leaf was selected, or the stored leaves that were. Not listed is not null. */
  readonly image: { readonly revision: number } | { readonly listed: readonly string[] };
  readonly leaves: Leaves;
  /** Names of the read-only leaves, when all that describe lists were selected; else null, and none is merged. */
  readonly readOnly: readonly string[] | null;
  /** Source time of the read, ISO 8601. */
  readonly readAt: string;
}

/** A row with IsDeleted. */
export interface DeletedRead extends Statement {
  readonly kind: 'read-deleted';
  readonly masterId: string | null;
}

/** Not among the ids of a complete sweep. */
export interface Absence extends Statement {
  readonly kind: 'absence';
}

export type MergeInput =
  ImageEvent | UpdateEvent | DeleteEvent | GapEvent | PoisonEvent | RowRead | DeletedRead | Absence;

/** The stored leaves of each schema revision; revision 0 has none. Pure: everything a merge needs is loaded before. */
export type Revisions = (revision: number) => ReadonlySet<string>;
