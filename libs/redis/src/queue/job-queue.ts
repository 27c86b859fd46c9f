import { Queue, type JobsOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import {
  jobs,
  SF_SHADOW_SYNC,
  UmbraError,
  type JobName,
  type JobPayload,
  type JobQueue,
  type JobSpec,
} from '@umbra/domain';
import { within } from '../connection/deadline.ts';
import { translateError } from '../translate-error.ts';

/** First part of every key of the queue: `umbra:SF_SHADOW_SYNC:…`. */
export const QUEUE_PREFIX = 'umbra';

export interface QueueOptions {
  /** From `connectFast`. */
  readonly redis: Redis;
  readonly prefix?: string;
  /** How long a producer waits for Redis to take a job. */
  readonly patienceMs?: number;
}

/** @param reader it only looks, and leaves the queue's own settings as they are */
export function openQueue({ prefix = QUEUE_PREFIX, redis }: QueueOptions, reader = false): Queue {
  const queue = new Queue(SF_SHADOW_SYNC, {
    connection: redis,
    prefix,
    skipMetasUpdate: reader,
    // Ours is `checkRedis`, which refuses; BullMQ's prints a line on the console.
    skipVersionCheck: true,
  });
  // The connection has its own listener; without this one an error event would end the process.
  queue.on('error', () => undefined);
  return queue;
}

/**
 * Producer side of `SF_SHADOW_SYNC`, built from the job catalogue. A job is a nudge: what it points at is in
 * PostgreSQL, so a job that cannot be added (QUEUE_UNAVAILABLE, QUEUE_FULL) costs time, not data.
 */
export class ShadowSyncQueue implements JobQueue {
  readonly #redis: Redis;
  readonly #queue: Queue;
  readonly #patienceMs: number;

  constructor(options: QueueOptions) {
    this.#redis = options.redis;
    this.#patienceMs = options.patienceMs ?? 2_000;
    this.#queue = openQueue(options);
  }

  /** @throws UmbraError QUEUE_UNAVAILABLE, QUEUE_FULL, or QUEUE_JOB_UNREADABLE for a payload that its schema refuses */
  async add<N extends JobName>(
    name: N,
    payload: JobPayload<N>,
    options: { dedupeKey?: string; dedupeMs?: number } = {},
  ): Promise<void> {
    const spec: JobSpec = jobs[name];
    const parsed = spec.payload.safeParse(payload);
    if (!parsed.success) {
      throw new UmbraError('QUEUE_JOB_UNREADABLE', `payload of ${name} does not fit its schema`, {
        details: { job: name },
        cause: parsed.error,
      });
    }
    // BullMQ waits for the connection, however long that takes.
    if (this.#redis.status !== 'ready') throw new UmbraError('QUEUE_UNAVAILABLE', 'Redis does not answer');
    try {
      await within(this.#patienceMs, this.#queue.add(name, parsed.data, jobOptions(name, spec, options)));
    } catch (error) {
      throw translateError(error);
    }
  }

  /** The connection belongs to whoever opened it. */
  async close(): Promise<void> {
    await this.#queue.close();
  }
}

function jobOptions(
  name: JobName,
  spec: JobSpec,
  { dedupeKey, dedupeMs }: { dedupeKey?: string; dedupeMs?: number },
): JobsOptions {
  return {
    ...optionsOf(name, spec),
    ...(dedupeKey === undefined
      ? {}
      : { deduplication: deduplication(dedupeName(name, dedupeKey), dedupeMs) }),
  };
}

/** What every job of this name has, however it came into the queue. */
export function optionsOf(name: JobName, spec: JobSpec = jobs[name]) {
  return {
    attempts: spec.attempts,
    // A quarter of jitter, or the jobs of one outage all come back in the same second.
    backoff: { type: 'exponential', delay: spec.backoffMs, jitter: 0.25 },
    priority: spec.priority,
    removeOnComplete: true,
    removeOnFail: { age: spec.keepFailedMs / 1000 },
  } satisfies JobsOptions;
}

/**
 * With a time, further jobs are ignored until it is over. Without, one job may wait; a job that is added while its
 * twin is already running runs after it, since the running one may have looked too early.
 */
function deduplication(id: string, ms: number | undefined): NonNullable<JobsOptions['deduplication']> {
  return ms === undefined ? { id, keepLastIfActive: true } : { id, ttl: ms };
}

/** Parts joined by a dot: BullMQ's own keys are joined by colons. @throws UmbraError QUEUE_JOB_UNREADABLE */
export function dedupeName(name: JobName, dedupeKey: string): string {
  if (dedupeKey === '' || dedupeKey.includes(':')) {
    throw new UmbraError('QUEUE_JOB_UNREADABLE', `a dedupe key of ${name} is empty or holds a colon`, {
      details: { job: name },
    });
  }
  return `${name}.${dedupeKey}`;
}
