import type { BulkSource, Clock, MirroredObjectName, RecordSource, RunStore } from '@umbra/domain';
import type { Mirror } from '../mirror/mirror.ts';
import type { StaleReadGuard } from '../refresh/stale-read-guard.ts';

/**
 * Levers of the backfill; each has a default that fits one ordinary host.
 *
 * `pageRows`: rows per result set at most. Larger pages cost fewer calls and commits; a page is also what a crash loses.
 * `pagesAtOnce`: pages fetched and staged beside the one that is landing. Landing itself is one at a time per object,
 * so more than 2 or 3 only takes memory and connections.
 * `sliceRows`: above this many rows an object is read in several Id ranges from the start.
 * `leaseSeconds`: how long after a crash nobody else continues a slice. Renewed at a third of it.
 */
export interface BackfillTuning {
  readonly pageRows: number;
  readonly pagesAtOnce: number;
  readonly sliceRows: number;
  readonly leaseSeconds: number;
  /** First and longest wait between two looks at a running job, in milliseconds. */
  readonly pollMs: { readonly first: number; readonly longest: number };
  /** Times that a page is fetched before its failure is the slice's. */
  readonly pageAttempts: number;
  /** Wait before a page is fetched again, in milliseconds; doubled each time. */
  readonly pageRetryMs: number;
}

export const backfillTuning: BackfillTuning = {
  pageRows: 50_000,
  pagesAtOnce: 2,
  sliceRows: 5_000_000,
  leaseSeconds: 15,
  pollMs: { first: 200, longest: 15_000 },
  pageAttempts: 4,
  pageRetryMs: 500,
};

export interface BackfillDeps {
  readonly mirror: Mirror;
  readonly runs: RunStore;
  readonly bulk: BulkSource;
  readonly records: RecordSource;
  readonly clock: Clock;
  /** Told of the rows of a page that are to be read again; judges the records that are read by id at the end. */
  readonly guard: StaleReadGuard;
  /** Unique per process: the holder of its slices' leases. */
  readonly owner: string;
  readonly tuning?: Partial<BackfillTuning>;
}

/** One page is staged while another lands: with few pages per job, one of the two stands still for much of the time. */
const PAGES_PER_JOB = 16;
/** Below so many rows the statements around a page cost more than waiting. */
const SMALL_PAGE = 10_000;

/** Rows per result set of a job of so many rows. */
export function pageRowsFor(deps: Pick<BackfillDeps, 'tuning'>, rows: number): number {
  return Math.min(tuningOf(deps).pageRows, Math.max(SMALL_PAGE, Math.ceil(rows / PAGES_PER_JOB)));
}

export function tuningOf(deps: Pick<BackfillDeps, 'tuning'>): BackfillTuning {
  return { ...backfillTuning, ...deps.tuning };
}

/** What a progress bar shows. Emitted after each page and each look at a running job. */
export interface BackfillProgress {
  readonly object: MirroredObjectName;
  readonly phase: 'waiting' | 'landing' | 'complete';
  /** Rows of the object that are in the shadow or parked with a reason, over all its slices. */
  readonly rowsLanded: number;
  /** Rows that Salesforce promises for the object; null while a job of it still runs. */
  readonly promised: number | null;
  /** Of those landed, how many wait aside. */
  readonly parked: number;
  /** Since the first page of this object in this process. */
  readonly rowsPerSecond: number;
  /** Salesforce calls of this process so far. */
  readonly calls: number;
  /** Seconds; null while unknown. */
  readonly etaSeconds: number | null;
}

export type OnProgress = (progress: BackfillProgress) => void;
