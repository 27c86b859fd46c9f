import { DelayedError, UnrecoverableError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { isUmbraError, jobs, SF_SHADOW_SYNC, UmbraError, type Clock, type Log } from '@umbra/domain';
import { runnersOf, type AnyJobHandler, type RunJob } from './job-handlers.ts';
import { jobOutcome } from './job-outcome.ts';
import { QUEUE_PREFIX } from './job-queue.ts';

const specs = Object.values(jobs);
/** One worker serves the whole queue, so it needs a place for every job that may run at once. */
const PLACES = specs.reduce((sum, { concurrency }) => sum + concurrency, 0);
/** Likewise one lock serves all; it is renewed at half its life while the process lives. */
const LOCK_MS = Math.max(...specs.map(({ lockMs }) => lockMs));
/** A job that takes its worker down with it is not to be tried for ever. */
const STALLS_FORGIVEN = 5;
/** How soon a job is offered again when all places of its kind were taken. */
const FULL_PAUSE_MS = 1_000;

export interface JobWorkersOptions {
  /** From `connectPatient`. */
  readonly redis: Redis;
  /** Exactly one per job of the catalogue. */
  readonly handlers: readonly AnyJobHandler[];
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly prefix?: string;
}

/** Consumers of `SF_SHADOW_SYNC`. They take nothing until `start`. */
export interface JobWorkers {
  /** Takes jobs from now on; also after `pause`. */
  start(): void;
  /** Takes no further job; resolves when the running ones have ended. */
  pause(): Promise<void>;
  readonly running: boolean;
  /**
   * Aborts the running handlers' signals and waits for them. A job given up that way goes back to the queue with its
   * attempt. The connection belongs to whoever opened it.
   */
  close(): Promise<void>;
}

/**
 * Builds the consumers from the job catalogue.
 *
 * Errors reach Redis as their code only: a message or a stack might carry a value of a record, and failed jobs are
 * kept for days. The log has the rest.
 *
 * @throws UmbraError QUEUE_HANDLERS when a job has no handler, or two
 */
export function createJobWorkers(options: JobWorkersOptions): JobWorkers {
  const closing = new AbortController();
  const consumer = new JobConsumer(runnersOf(options.handlers), options, closing.signal);
  let worker: Worker | undefined;
  let running = false;
  return {
    start() {
      if (running) return;
      running = true;
      // Built late: the caller starts it once `checkRedis` has passed, and BullMQ asks the server about its version
      // and policy at once.
      worker ??= buildWorker(consumer, options);
      void worker.resume();
    },
    async pause() {
      running = false;
      await worker?.pause();
    },
    get running() {
      return running;
    },
    async close() {
      running = false;
      closing.abort(new UmbraError('QUEUE_UNAVAILABLE', 'the worker shuts down'));
      await worker?.close();
    },
  };
}

function buildWorker(consumer: JobConsumer, { redis, prefix, log }: JobWorkersOptions): Worker {
  const worker = new Worker(
    SF_SHADOW_SYNC,
    // Three parameters: BullMQ counts them, and gives the signal only then.
    async (job: Job, token: string | undefined, signal: AbortSignal | undefined) =>
      consumer.consume(job, token, signal),
    {
      connection: redis,
      prefix: prefix ?? QUEUE_PREFIX,
      autorun: false,
      concurrency: PLACES,
      lockDuration: LOCK_MS,
      maxStalledCount: STALLS_FORGIVEN,
    },
  );
  worker.on('error', (error) => log.warn({ err: error }, 'queue worker error'));
  worker.on('stalled', (jobId) => log.warn({ jobId }, 'job stalled, runs again'));
  return worker;
}

class JobConsumer {
  readonly #runners: ReadonlyMap<string, RunJob>;
  readonly #options: JobWorkersOptions;
  readonly #closing: AbortSignal;
  /** Jobs of each kind that run in this process now. */
  readonly #busy = new Map<string, number>();

  constructor(runners: ReadonlyMap<string, RunJob>, options: JobWorkersOptions, closing: AbortSignal) {
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
