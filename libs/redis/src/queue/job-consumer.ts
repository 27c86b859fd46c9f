import { DelayedError, UnrecoverableError, type Job } from 'bullmq';
import { isUmbraError, jobs, UmbraError, type Clock, type Log } from '@umbra/domain';
import type { RunJob } from './job-handlers.ts';
import { jobOutcome } from './job-outcome.ts';

/** How soon a job is offered again when all places of its kind were taken. */
const FULL_PAUSE_MS = 1_000;

export interface JobConsumerOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/**
 * Runs one job and says what becomes of it. Errors reach Redis as their code only: a message or a stack might carry a
 * value of a record, and failed jobs are kept for days. The log has the rest.
 */
export class JobConsumer {
  readonly #runners: ReadonlyMap<string, RunJob>;
  readonly #options: JobConsumerOptions;
  readonly #closing: AbortSignal;
  /** Jobs of each kind that run in this process now. */
  readonly #busy = new Map<string, number>();

  constructor(runners: ReadonlyMap<string, RunJob>, options: JobConsumerOptions, closing: AbortSignal) {
    this.#runners = runners;
    this.#options = options;
    this.#closing = closing;
  }

  async consume(job: Job, token: string | undefined, lockLost: AbortSignal | undefined): Promise<void> {
    // A fetch that was under way when the worker was told to close may still bring a job.
    if (this.#closing.aborted) return this.#delay(job, token, 0);
    const busy = this.#busy.get(job.name) ?? 0;
    // Without this, slow jobs of one kind would take the places of all others.
    if (busy >= placesOf(job.name)) return this.#delay(job, token, FULL_PAUSE_MS);
    this.#busy.set(job.name, busy + 1);
    try {
      await this.#run(job, token, lockLost);
    } finally {
      this.#busy.set(job.name, (this.#busy.get(job.name) ?? 1) - 1);
    }
  }

  async #run(job: Job, token: string | undefined, lockLost: AbortSignal | undefined): Promise<void> {
    const signal = lockLost === undefined ? this.#closing : AbortSignal.any([this.#closing, lockLost]);
    const log = this.#options.log.child({ job: job.name, jobId: job.id });
    try {
      const run = this.#runners.get(job.name);
      if (run === undefined) throw new UmbraError('QUEUE_JOB_UNREADABLE', 'no such job in the catalogue');
      await run(job.data, { jobId: job.id ?? '', attempt: job.attemptsMade + 1, signal });
    } catch (error) {
      if (this.#closing.aborted) {
        log.info({}, 'job handed back');
        return this.#delay(job, token, 0);
      }
      return this.#settle(job, token, error, log);
    }
  }

  async #settle(job: Job, token: string | undefined, error: unknown, log: Log): Promise<never> {
    const now = this.#options.clock.now();
    const outcome = jobOutcome(error, job.attemptsMade, now);
    const reason = isUmbraError(error) ? error.code : 'UNEXPECTED';
    switch (outcome.kind) {
      case 'delay':
        log.info({ code: reason, until: outcome.until.toISOString() }, 'job delayed');
        return this.#delay(job, token, outcome.until.getTime() - now.getTime());
      case 'stop':
        if (outcome.alarm) log.error({ err: error, code: reason }, 'job failed for good');
        else log.warn({ err: error, code: reason }, 'job failed for good');
        throw withoutStack(new UnrecoverableError(reason));
      case 'retry':
        log.warn({ err: error, code: reason, attempt: job.attemptsMade + 1 }, 'job failed, runs again');
        throw withoutStack(new Error(reason));
    }
  }

  /** Puts the job aside without using up an attempt. */
  async #delay(job: Job, token: string | undefined, ms: number): Promise<never> {
    // BullMQ measures by the host's clock, whatever clock the outcome was judged by.
    await job.moveToDelayed(Date.now() + ms, token);
    throw new DelayedError();
  }
}

function placesOf(name: string): number {
  return name in jobs ? jobs[name as keyof typeof jobs].concurrency : 1;
}

function withoutStack<E extends Error>(error: E): E {
  error.stack = error.message;
  return error;
}
