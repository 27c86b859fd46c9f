import { UmbraError, type BulkJobStatus, type Condition } from '@umbra/domain';
import { tuningOf, type BackfillDeps } from './backfill-deps.ts';
import type { IdRange } from './id-range.ts';
import { pause } from './slice-lease.ts';
import { throwIfStopped } from './stop.ts';

/** The rows of an object that a job reads. */
export function conditionsOf(range: IdRange, since: string | null): readonly Condition[] {
  const where: Condition[] = [];
  if (since !== null) {
    where.push({ field: 'SystemModstamp', op: '>=', value: { type: 'datetime', value: since } });
  }
  if (range.fromId !== null)
    where.push({ field: 'Id', op: '>=', value: { type: 'id', value: range.fromId } });
  if (range.toId !== null) where.push({ field: 'Id', op: '<', value: { type: 'id', value: range.toId } });
  return where;
}

/**
 * Waits until the job is complete, looking ever less often: each look is a call of the daily allocation.
 * @returns the job, with the final number of rows
 * @throws UmbraError SF_BULK_JOB_FAILED, SF_BULK_JOB_GONE @throws Stopped
 */
export async function completedJob(
  deps: Pick<BackfillDeps, 'bulk' | 'clock' | 'tuning'>,
  jobId: string,
  signal: AbortSignal,
  onWait: () => void,
): Promise<BulkJobStatus & { readonly numberRecordsProcessed: number }> {
  const { pollMs } = tuningOf(deps);
  for (let wait = pollMs.first; ; wait = Math.min(pollMs.longest, wait * 1.6)) {
    throwIfStopped(signal);
    const job = await deps.bulk.status(jobId);
    if (job.state === 'Failed' || job.state === 'Aborted') {
      throw new UmbraError('SF_BULK_JOB_FAILED', `the Bulk job ended ${job.state}`, {
        details: { jobId, state: job.state },
      });
    }
    if (job.state === 'JobComplete') {
      if (job.numberRecordsProcessed !== null) {
        return { ...job, numberRecordsProcessed: job.numberRecordsProcessed };
      }
      throw new UmbraError('SF_RESPONSE_INVALID', 'a complete Bulk job does not say how many rows it has', {
        details: { jobId },
      });
    }
    onWait();
    await pause(deps, wait, signal);
  }
}
