import { jobs, UmbraError, type JobName, type JobPayload } from '@umbra/domain';

export interface JobContext {
  readonly jobId: string;
  /** 1 at the first attempt. */
  readonly attempt: number;
  /** Aborted when the worker shuts down or has lost the job to another one: stop at the next safe point. */
  readonly signal: AbortSignal;
}

/** What runs a job. It may run twice, or beside its twin, at any time; it throws UmbraError to say what is next. */
export interface JobHandler<N extends JobName> {
  readonly job: N;
  handle(payload: JobPayload<N>, context: JobContext): Promise<void>;
}

export type AnyJobHandler = { [N in JobName]: JobHandler<N> }[JobName];

/** Runs a handler on data of unknown shape. */
export type RunJob = (data: unknown, context: JobContext) => Promise<void>;

/**
 * One runner per job of the catalogue. A job without a handler would wait for ever, and of two handlers only one would
 * ever run, so either is fatal.
 *
 * @throws UmbraError QUEUE_HANDLERS naming every job that has none or several
 */
export function runnersOf(handlers: readonly AnyJobHandler[]): ReadonlyMap<string, RunJob> {
  const names = Object.keys(jobs) as JobName[];
  const problems = [
    ...names.flatMap((name) => {
      const count = handlers.filter(({ job }) => job === name).length;
      return count === 1 ? [] : [`${name} has ${count === 0 ? 'no handler' : `${count} handlers`}`];
    }),
    ...handlers.filter(({ job }) => !names.includes(job)).map(({ job }) => `${job} is not in the catalogue`),
  ];
  if (problems.length > 0) {
    throw new UmbraError('QUEUE_HANDLERS', `the worker cannot start: ${problems.join('; ')}`, { problems });
  }
  return new Map(handlers.map((handler) => [handler.job, runner(handler)]));
}

function runner<N extends JobName>(handler: JobHandler<N>): RunJob {
  return async (data, context) => {
    const parsed = jobs[handler.job].payload.safeParse(data);
    if (!parsed.success) {
      throw new UmbraError('QUEUE_JOB_UNREADABLE', `data of ${handler.job} does not fit its schema`, {
        details: { job: handler.job },
        cause: parsed.error,
      });
    }
    await handler.handle(parsed.data as JobPayload<N>, context);
  };
}
