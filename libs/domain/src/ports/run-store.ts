import type { MirroredObjectName } from '../sobject/mirrored-object.ts';
import type { Version } from '../version/version.ts';
import type { ShadowTransaction } from './shadow-store.ts';

export type RunState = 'running' | 'complete' | 'failed' | 'abandoned';
export type SliceState = 'pending' | 'creating' | 'querying' | 'landing' | 'complete' | 'failed';

export interface BackfillRun {
  readonly id: string;
  readonly objects: readonly MirroredObjectName[];
  /** Only records with a SystemModstamp at or after this instant, ISO 8601. */
  readonly since: string | null;
  readonly state: RunState;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly callsSpent: number;
}

/** One Bulk job's worth of one object: the whole object, or an Id range of it. */
export interface BackfillSlice {
  readonly run: string;
  readonly slice: number;
  readonly object: MirroredObjectName;
  /** Id range, half open: `from <= Id < to`; null = unbounded. */
  readonly fromId: string | null;
  readonly toId: string | null;
  readonly state: SliceState;
  /** Bulk job id, stored before the first poll. */
  readonly jobId: string | null;
  readonly stamp: Version | null;
  readonly schemaRev: number | null;
  /** Columns selected, in order. */
  readonly columns: readonly string[] | null;
  readonly promised: number | null;
  readonly received: number;
  readonly landedRows: number;
  readonly parkedRows: number;
  /** Source time when the job was created. */
  readonly readAt: Date | null;
  /** Bulk jobs of this slice that failed, vanished or broke their promise so far. */
  readonly failures: number;
}

/** A page that has landed. `locator` is `''` for the first page. */
export interface LandedPage {
  readonly locator: string;
  readonly nextLocator: string | null;
  readonly rows: number;
}

export interface RunStore {
  createRun(
    run: { objects: readonly MirroredObjectName[]; since: string | null },
    slices: readonly Pick<BackfillSlice, 'object' | 'fromId' | 'toId'>[],
  ): Promise<BackfillRun>;
  /** The newest run that is not complete and not abandoned. */
  unfinishedRun(): Promise<BackfillRun | undefined>;
  run(id: string): Promise<BackfillRun | undefined>;
  recentRuns(limit: number): Promise<readonly BackfillRun[]>;
  slices(run: string): Promise<readonly BackfillSlice[]>;
  /** Takes the slice for `seconds` (database clock); undefined when another holder's lease is alive. */
  takeSlice(run: string, slice: number, owner: string, seconds: number): Promise<BackfillSlice | undefined>;
  /** Prolongs the lease. @returns false when it was lost: stop working on the slice */
  renewSlice(run: string, slice: number, owner: string, seconds: number): Promise<boolean>;
  releaseSlice(run: string, slice: number, owner: string): Promise<void>;
  /** @throws UmbraError SYNC_BUSY when the lease is no longer the owner's */
  updateSlice(
    run: string,
    slice: number,
    owner: string,
    change: Partial<Omit<BackfillSlice, 'run' | 'slice' | 'object'>>,
  ): Promise<void>;
  /** Replaces a failed slice by narrower Id ranges. */
  splitSlice(
    run: string,
    slice: number,
    ranges: readonly { fromId: string | null; toId: string | null }[],
  ): Promise<void>;
  /** Pages of the slice's current job that have landed. */
  landedPages(run: string, slice: number): Promise<readonly LandedPage[]>;
  /**
   * Gives up the slice's job, so that the slice is read again under a new one: job id, stamp, counts and landed pages
   * are forgotten, the state is `pending`, `failures` rises by one.
   */
  forgetJob(run: string, slice: number, owner: string): Promise<void>;
  /** Records a page in the transaction that lands its rows. @returns false when it had landed already: roll back */
  pageLanded(
    tx: ShadowTransaction,
    run: string,
    slice: number,
    owner: string,
    page: LandedPage,
    counts: { landed: number; parked: number },
  ): Promise<boolean>;
  addCalls(run: string, calls: number): Promise<void>;
  /**
   * Ends the run; a complete one without `since` writes the coverage row of each of its objects in the same
   * transaction (a run with `since` has not seen every record, so it proves nothing about the others).
   */
  finishRun(run: string, state: 'complete' | 'failed' | 'abandoned'): Promise<void>;
  /** Start of the last complete backfill of the object. */
  lastCompleteStart(object: MirroredObjectName): Promise<Date | undefined>;
}
