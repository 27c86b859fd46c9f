import { isUmbraError, UmbraError, type BackfillRun, type BackfillSlice } from '@umbra/domain';
import { dropCachedObject } from '../apply/touched.ts';
import { pageRowsFor, type BackfillDeps } from './backfill-deps.ts';
import { completedJob } from './bulk-job.ts';
import { cutRange } from './id-range.ts';
import { idExtremes } from './id-extremes.ts';
import { landPage } from './land-page.ts';
import { walkPages } from './page-chain.ts';
import { abandonJob, ensureJob, tidyAway, type SliceJob } from './slice-job.ts';
import { holdingSlice, type HeldSlice } from './slice-lease.ts';
import { busy, Stopped } from './stop.ts';

/** How a slice's work ended. `split`: it was replaced by narrower slices, which are still to be done. */
export type SliceOutcome = 'complete' | 'split';

export interface SliceEvents {
  /** A look at a job that still runs. */
  readonly waiting: () => void;
  /** The job is complete and promises so many rows. */
  readonly promised: (rows: number) => void;
  readonly landed: (rows: number, parked: number) => void;
}

/** A failed job is tried once more as it is; failing again, the slice is cut. */
const FAILURES_BEFORE_SPLIT = 2;
const SPLIT_INTO = 4;
/** An object is not cut into more than this many slices: then something else is wrong with it. */
const MAX_SLICES = 64;

/**
 * Reads one slice to its end, continuing where an earlier attempt stopped: pages that have landed from the slice's
 * job are not read again. A job that failed or is gone is replaced.
 * @throws UmbraError SYNC_BUSY, SF_BULK_ROW_COUNT, SF_BULK_JOB_FAILED and what the sources throw @throws Stopped
 */
export async function readSlice(
  deps: BackfillDeps,
  run: BackfillRun,
  slice: number,
  signal: AbortSignal,
  events: SliceEvents,
): Promise<SliceOutcome> {
  try {
    return await holdingSlice(deps, run.id, slice, signal, (held) => attemptSlice(deps, run, held, events));
  } catch (error) {
    if (error instanceof Stopped && error.reason === 'lease-lost') throw busy(run.id, slice);
    throw error;
  }
}

async function attemptSlice(
  deps: BackfillDeps,
  run: BackfillRun,
  held: HeldSlice,
  events: SliceEvents,
): Promise<SliceOutcome> {
  let slice = held.slice;
  if (slice.state === 'complete') return 'complete';
  if (slice.state === 'failed') {
    await abandonJob(deps, slice, slice.jobId);
    slice = await reload(deps, slice);
  }
  for (;;) {
    try {
      const job = await ensureJob(deps, slice, run.since);
      await landSlice(deps, held, slice, job, events);
      // A page may have committed just before this process was killed.
      await dropCachedObject(deps.mirror, slice.object);
      await tidyAway(deps, job.jobId);
      return 'complete';
    } catch (error) {
      if (!isUmbraError(error)) throw error;
      if (error.code === 'SF_BULK_ROW_COUNT') await markFailed(deps, slice);
      if (error.code !== 'SF_BULK_JOB_FAILED' && error.code !== 'SF_BULK_JOB_GONE') throw error;
      slice = await reload(deps, slice);
      deps.mirror.log.warn({ err: error, object: slice.object, slice: slice.slice }, 'Bulk job is replaced');
      await abandonJob(deps, slice, null);
      slice = await reload(deps, slice);
      if (slice.failures < FAILURES_BEFORE_SPLIT) continue;
      if (error.code === 'SF_BULK_JOB_FAILED' && (await split(deps, run, slice))) return 'split';
      await markFailed(deps, slice);
      throw error;
    }
  }
}

/** Pages land; then the sum must be what the job promised, or the slice does not count. */
async function landSlice(
  deps: BackfillDeps,
  held: HeldSlice,
  slice: BackfillSlice,
  job: SliceJob,
  events: SliceEvents,
): Promise<void> {
  const { run, slice: number } = slice;
  const { numberRecordsProcessed: promised } = await completedJob(
    deps,
    job.jobId,
    held.signal,
    events.waiting,
  );
  await deps.runs.updateSlice(run, number, deps.owner, { state: 'landing', promised });
  events.promised(promised);
  const facts = { shape: job.shape, stamp: job.stamp, readAt: job.readAt.toISOString() };
  const task = { run, slice: number, facts, signal: held.signal };
  const landed = new Map((await deps.runs.landedPages(run, number)).map((page) => [page.locator, page]));
  await walkPages(deps, {
    jobId: job.jobId,
    landed,
    signal: held.signal,
    pageRows: pageRowsFor(deps, promised),
    take: async (locator, page, again) => {
      const counts = await landPage(deps, task, locator, page, again);
      if (counts !== undefined) events.landed(counts.rows, counts.parked);
    },
  });
  const received = (await deps.runs.landedPages(run, number)).reduce((sum, page) => sum + page.rows, 0);
  if (received !== promised) {
    throw new UmbraError(
      'SF_BULK_ROW_COUNT',
      `Salesforce promised ${String(promised)} rows of ${slice.object} and sent ${String(received)}`,
      {
        details: { object: slice.object, slice: number, promised, received },
      },
    );
  }
  await deps.runs.updateSlice(run, number, deps.owner, { state: 'complete', received });
}

async function split(deps: BackfillDeps, run: BackfillRun, slice: BackfillSlice): Promise<boolean> {
  const slices = (await deps.runs.slices(run.id)).filter(({ object }) => object === slice.object);
  if (slices.length + SPLIT_INTO > MAX_SLICES) return false;
  const known = await idExtremes(deps.records, slice.object);
  const ranges = known === undefined ? [] : cutRange(slice, SPLIT_INTO, known);
  if (ranges.length < 2) return false;
  await deps.runs.splitSlice(run.id, slice.slice, ranges);
  return true;
}

async function markFailed(deps: BackfillDeps, slice: BackfillSlice): Promise<void> {
  await deps.runs.updateSlice(slice.run, slice.slice, deps.owner, { state: 'failed' });
}

async function reload(deps: BackfillDeps, { run, slice }: BackfillSlice): Promise<BackfillSlice> {
  const found = (await deps.runs.slices(run)).find((candidate) => candidate.slice === slice);
  if (found === undefined) throw busy(run, slice);
  return found;
}
