import { isUmbraError, type Meter } from '@umbra/domain';

/** What a job was about when it failed. `object` is `unknown` where the job's pointer does not tell. */
export interface FailurePlace {
  readonly object: string;
  readonly stage: 'apply' | 'refresh' | 'backfill' | 'delta' | 'reconcile';
}

/** Runs a use case and counts its failure by object, stage and code, before the queue decides what comes next. */
export async function countFailures<T>(meter: Meter, place: FailurePlace, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const code = isUmbraError(error) ? error.code : 'unexpected';
    meter.count('sf_shadow_sync_failures_total', { ...place, code });
    throw error;
  }
}
