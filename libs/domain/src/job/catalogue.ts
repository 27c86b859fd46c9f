import { z } from 'zod';

/** The queue of the mirror. Renaming it strands the jobs that wait under the old name. */
export const SF_SHADOW_SYNC = 'SF_SHADOW_SYNC';

const days = (n: number): number => n * 24 * 60 * 60 * 1000;
const seconds = (n: number): number => n * 1000;

export interface JobSpec {
  /** Pointers only, never a record body: Redis must not hold what PostgreSQL owns. */
  readonly payload: z.ZodType;
  readonly attempts: number;
  /** First delay of the exponential back-off, in milliseconds. */
  readonly backoffMs: number;
  /** How long a worker may be silent before the job counts as stalled, in milliseconds. */
  readonly lockMs: number;
  /** Failed jobs are evidence: how long they are kept, in milliseconds. */
  readonly keepFailedMs: number;
  /** 1 runs first. Short work for waiting people goes before long work for nobody in particular. */
  readonly priority: number;
  readonly concurrency: number;
}

/** Every job of the queue. Producers, consumers, health and the docs all read this record. */
export const jobs = {
  'apply-changes': {
    payload: z.object({ lane: z.int().min(0).max(63), upTo: z.string().regex(/^\d{1,19}$/) }),
    attempts: 5,
    backoffMs: seconds(1),
    lockMs: seconds(30),
    keepFailedMs: days(14),
    priority: 1,
    concurrency: 4,
  },
  'refresh-record': {
    payload: z.object({
      object: z.enum(['Product2', 'PricebookEntry', 'Account']),
      ids: z.array(z.string().length(18)).min(1).max(2000),
      /** Version of the gap that the read is to resolve. */
      v: z.string().length(52).optional(),
    }),
    attempts: 8,
    backoffMs: seconds(2),
    lockMs: seconds(30),
    keepFailedMs: days(14),
    priority: 1,
    concurrency: 4,
  },
  'pull-delta': {
    payload: z.object({
      /** Holes to be closed. None: the chain of the night, which reads since the previous complete run. */
      holes: z.array(z.string().regex(/^\d{1,19}$/)).max(1000),
    }),
    attempts: 5,
    backoffMs: seconds(30),
    lockMs: seconds(60),
    keepFailedMs: days(14),
    priority: 8,
    concurrency: 1,
  },
  'reconcile-object': {
    payload: z.object({
      object: z.enum(['Product2', 'PricebookEntry', 'Account']),
      pass: z.enum(['nightly', 'deep']),
    }),
    attempts: 5,
    backoffMs: seconds(30),
    lockMs: seconds(60),
    keepFailedMs: days(14),
    priority: 9,
    concurrency: 1,
  },
  'backfill-slice': {
    payload: z.object({ run: z.uuid(), slice: z.int().nonnegative() }),
    attempts: 5,
    backoffMs: seconds(5),
    lockMs: seconds(60),
    keepFailedMs: days(14),
    priority: 10,
    concurrency: 1,
  },
} as const satisfies Record<string, JobSpec>;

export type JobName = keyof typeof jobs;
export type JobPayload<N extends JobName> = z.infer<(typeof jobs)[N]['payload']>;

/** Adds work to the queue. A job with the same `dedupeKey` that still waits is not added twice. */
export interface JobQueue {
  add<N extends JobName>(
    name: N,
    payload: JobPayload<N>,
    options?: { dedupeKey?: string; dedupeMs?: number },
  ): Promise<void>;
}
