import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { UmbraError, type JobName, type JobPayload } from '@umbra/domain';
import { within } from '../connection/deadline.ts';
import { translateError } from '../translate-error.ts';
import { openQueue, optionsOf, type QueueOptions } from './job-queue.ts';

/**
 * Jobs that come by the clock. A schedule lives in Redis and goes with it, so it is put there again and again; and it
 * is only a reminder: what it asks for begins where stored proof ends, however many runs were missed.
 */
export class JobSchedules {
  readonly #redis: Redis;
  readonly #queue: Queue;
  readonly #patienceMs: number;

  constructor(options: QueueOptions) {
    this.#redis = options.redis;
    this.#patienceMs = options.patienceMs ?? 2_000;
    this.#queue = openQueue(options);
  }

  /**
   * Makes the schedule what it should be; the same one again changes nothing.
   * @param id one word @param cron in UTC; null: no such schedule
   * @throws UmbraError QUEUE_UNAVAILABLE
   */
  async keep<N extends JobName>(
    id: string,
    cron: string | null,
    name: N,
    payload: JobPayload<N>,
  ): Promise<void> {
    if (this.#redis.status !== 'ready') throw new UmbraError('QUEUE_UNAVAILABLE', 'Redis does not answer');
    try {
      const template = { name, data: payload, opts: optionsOf(name) };
      const kept: Promise<unknown> =
        cron === null
          ? this.#queue.removeJobScheduler(id)
          : this.#queue.upsertJobScheduler(id, { pattern: cron, tz: 'UTC' }, template);
      await within(this.#patienceMs, kept);
    } catch (error) {
      throw translateError(error);
    }
  }

  /** The connection belongs to whoever opened it. */
  async close(): Promise<void> {
    await this.#queue.close();
  }
}
