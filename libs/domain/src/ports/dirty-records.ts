import type { MirroredObjectName } from '../sobject/mirrored-object.ts';
import type { Version } from '../version/version.ts';

/** A living record with a gap above its newest full image. */
export interface DirtyRecord {
  readonly recordId: string;
  /** A read resolves the gap only when it is stamped above this. */
  readonly vGap: Version;
  /** Commit time of the oldest unresolved gap. */
  readonly gapSince: Date;
}

/** The records that a read by id has to repair. The rows themselves are the work list: losing a job loses nothing. */
export interface DirtyRecords {
  /** Oldest gap first, in both homes. */
  dirtyRecords(object: MirroredObjectName, limit: number): Promise<readonly DirtyRecord[]>;
}
