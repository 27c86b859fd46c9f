import type { Leaves } from '../sobject/leaf.ts';
import type { AsideReason, MirroredObjectName } from '../sobject/mirrored-object.ts';
import type { Version } from '../version/version.ts';

/** Everything that is known of one record: merged values and the versions that decide what may still change them. */
export interface RecordState {
  readonly object: MirroredObjectName;
  /** 18 characters. */
  readonly recordId: string;
  readonly alive: boolean;
  /** Merged leaves (`raw_payload`): only those with a value; a covered leaf without a key here is null. */
  readonly leaves: Leaves;
  /** Version of the newest full image of the highest schema revision seen; `''` when there was none. */
  readonly vBase: Version;
  /** That revision; 0 when there was none. */
  readonly schemaRev: number;
  /** Leaves newer than `vBase`, and leaves outside `schemaRev`. */
  readonly vFields: Readonly<Record<string, Version>>;
  /** Stamp of the newest read of the leaves that only reads can tell. */
  readonly vRead: Version;
  /** Source time of that read, ISO 8601. */
  readonly readAt: string | null;
  /** Version of the newest statement about existence. */
  readonly vAlive: Version;
  /** Highest gap seen; never lowered. The record is dirty while it is alive and `vGap > vBase`. */
  readonly vGap: Version;
  /** Commit time of the oldest unresolved gap, ISO 8601. */
  readonly gapSince: string | null;
  /** Highest version ever merged here. */
  readonly vMax: Version;
  /** Newest modification time merged, ISO 8601. */
  readonly srcModifiedAt: string | null;
  /** Winner of the merge that deleted this record. */
  readonly masterId: string | null;
}

/** Alive, and a gap lies above the newest full image: some value may be outdated until a read stamped above it. */
export function isDirty(state: RecordState): boolean {
  return state.alive && state.vGap > state.vBase;
}

/** Where a record lives: its shadow table, or aside with a reason. */
export type Home = { readonly kind: 'main' } | { readonly kind: 'aside'; readonly reason: AsideReason };
