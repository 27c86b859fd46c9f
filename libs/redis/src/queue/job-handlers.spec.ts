import { describe, expect, it } from '@jest/globals';
import { runnersOf, type AnyJobHandler, type JobContext } from './job-handlers.ts';

const context: JobContext = { jobId: '1', attempt: 1, signal: new AbortController().signal };
const apply: AnyJobHandler = { job: 'apply-changes', handle: () => Promise.resolve() };
const refresh: AnyJobHandler = { job: 'refresh-record', handle: () => Promise.resolve() };
const delta: AnyJobHandler = { job: 'pull-delta', handle: () => Promise.resolve() };
const reconcile: AnyJobHandler = { job: 'reconcile-object', handle: () => Promise.resolve() };
const slice: AnyJobHandler = { job: 'backfill-slice', handle: () => Promise.resolve() };

function problemsOf(handlers: readonly AnyJobHandler[]): readonly string[] {
  try {
    runnersOf(handlers);
    return [];
  } catch (error) {
    return (error as { problems: readonly string[] }).problems;
  }
}

describe('job handlers', () => {
  it('one per job of the catalogue is a worker', () => {
    expect([...runnersOf([apply, refresh, delta, reconcile, slice]).keys()]).toEqual([
      'apply-changes',
      'refresh-record',
      'pull-delta',
      'reconcile-object',
      'backfill-slice',
    ]);
  });

  it('names every missing, double and unknown handler at once', () => {
    const foreign = {
      job: 'reticulate-splines',
      handle: () => Promise.resolve(),
    } as unknown as AnyJobHandler;
    expect(problemsOf([apply, refresh, refresh, delta, foreign])).toEqual([
      'refresh-record has 2 handlers',
      'reconcile-object has no handler',
      'backfill-slice has no handler',
      'reticulate-splines is not in the catalogue',
    ]);
  });

  it('hands over parsed data and refuses the rest', async () => {
    const seen: unknown[] = [];
    const runners = runnersOf([
      apply,
      refresh,
      delta,
      reconcile,
      { job: 'backfill-slice', handle: (payload) => Promise.resolve(void seen.push(payload)) },
    ]);
    const run = runners.get('backfill-slice');
    const payload = { run: 'b3b0a1de-0b5a-4c3e-9a55-0d3c1b1f0a11', slice: 0 };
    await run?.(payload, context);
    expect(seen).toEqual([payload]);
    await expect(run?.({ slice: -1 }, context)).rejects.toMatchObject({ code: 'QUEUE_JOB_UNREADABLE' });
  });
});
