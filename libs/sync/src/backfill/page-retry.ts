import { isUmbraError, UmbraError } from '@umbra/domain';
import { RevisionsMissing } from '../mirror/revision-book.ts';
import { tuningOf, type BackfillDeps } from './backfill-deps.ts';
import { pause } from './slice-lease.ts';
import { throwIfStopped } from './stop.ts';

/** A body can be read once; a transaction that the server set back after that needs the page fetched anew. */
export class BodyConsumed extends Error {}

/** Worth another try: the connection broke, the body was cut short, the server hiccuped. A job that is gone stays so. */
function canPass(error: unknown): boolean {
  if (error instanceof BodyConsumed || error instanceof RevisionsMissing) return true;
  if (!isUmbraError(error) || error.code === 'SF_BULK_JOB_GONE') return false;
  return error.retry !== 'never' || error.code === 'SF_RESPONSE_INVALID';
}

function asUmbraError(error: unknown): unknown {
  if (!(error instanceof BodyConsumed || error instanceof RevisionsMissing)) return error;
  return new UmbraError('STORE_CONFLICT', 'other transactions were in the way of a page, again and again');
}

/**
 * Does what concerns one page up to `pageAttempts` times.
 * @param work told the number of the attempt, from 1
 * @throws UmbraError of the last attempt @throws Stopped
 */
export async function retryingPage<T>(
  deps: Pick<BackfillDeps, 'clock' | 'tuning' | 'mirror'>,
  signal: AbortSignal,
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  const { pageAttempts, pageRetryMs } = tuningOf(deps);
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      throwIfStopped(signal);
      if (attempt >= pageAttempts || !canPass(error)) throw asUmbraError(error);
      if (error instanceof RevisionsMissing) await deps.mirror.revisions.load(error.object, error.revisions);
      deps.mirror.log.warn({ err: error, attempt }, 'page is read again');
      await pause(deps, pageRetryMs * 2 ** (attempt - 1), signal);
    }
  }
}
