import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { jobs, type Clock } from '@umbra/domain';
import { within } from '../connection/deadline.ts';
import { translateError } from '../translate-error.ts';
import { openQueue, type QueueOptions } from './job-queue.ts';

export interface QueueSnapshot {
  /** Ready to run, whatever their priority. */
  readonly waiting: number;
  readonly active: number;
  /** Waiting for their time: back-off, or until a limit of Salesforce is over. */
  readonly delayed: number;
  /** Kept as evidence. */
  readonly failed: number;
  /** Seconds since the oldest waiting job was added; null when none waits. */
  readonly oldestAgeSeconds: number | null;
}

/** BullMQ sorts prioritised jobs by priority × 2^32 + a running number. */
const PRIORITY_SPAN = 2 ** 32;

/** What `/health/queues` says of `SF_SHADOW_SYNC`. */
export class QueueHealth {
  readonly #redis: Redis;
  readonly #queue: Queue;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #patienceMs: number;

  constructor(options: QueueOptions & { readonly clock: Pick<Clock, 'now'> }) {
    this.#redis = options.redis;
    this.#clock = options.clock;
    this.#patienceMs = options.patienceMs ?? 2_000;
    this.#queue = openQueue(options, true);
  }

  /** @throws UmbraError QUEUE_UNAVAILABLE */
  async snapshot(): Promise<QueueSnapshot> {
    try {
      return await within(this.#patienceMs, this.#read());
    } catch (error) {
      throw translateError(error);
    }
  }

  /** The connection belongs to whoever opened it. */
  async close(): Promise<void> {
    await this.#queue.close();
  }

  async #read(): Promise<QueueSnapshot> {
    const counts = await this.#queue.getJobCounts('wait', 'prioritized', 'active', 'delayed', 'failed');
    const count = (state: string): number => counts[state] ?? 0;
    return {
      waiting: count('wait') + count('prioritized'),
      active: count('active'),
      delayed: count('delayed'),
      failed: count('failed'),
      oldestAgeSeconds: await this.#oldestAge(),
    };
  }

  /** The first of each priority is the oldest of it, so a handful of keys tells the oldest of all. */
  async #oldestAge(): Promise<number | null> {
    const priorities = new Set(Object.values(jobs).map(({ priority }) => priority));
    const sorted = this.#queue.toKey('prioritized');
    const firsts = await Promise.all([
      ...[...priorities].map((priority) =>
        this.#redis.zrange(
          sorted,
          priority * PRIORITY_SPAN,
          `(${(priority + 1) * PRIORITY_SPAN}`,
          'BYSCORE',
          'LIMIT',
          0,
          1,
        ),
      ),
      this.#redis.lrange(this.#queue.toKey('wait'), -1, -1),
    ]);
    const added = await Promise.all(
      firsts.flat().map((id) => this.#redis.hget(this.#queue.toKey(id), 'timestamp')),
    );
    const times = added.filter((time) => time !== null).map(Number);
    if (times.length === 0) return null;
    return Math.max(0, Math.round((this.#clock.now().getTime() - Math.min(...times)) / 1000));
  }
}
