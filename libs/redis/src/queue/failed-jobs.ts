import type { Queue } from 'bullmq';
import type { JobName } from '@umbra/domain';
import { within } from '../connection/deadline.ts';
import { translateError } from '../translate-error.ts';
import { openQueue, type QueueOptions } from './job-queue.ts';

/** A job that was tried in vain and kept. Pointers and codes only, as everywhere in Redis. */
export interface FailedJob {
  readonly id: string;
  readonly job: string;
  readonly code: string;
  readonly attempts: number;
  readonly failedAt: Date | null;
}

/** Jobs read at once. */
const PAGE = 500;

/** The failed jobs of `SF_SHADOW_SYNC`, for people who have removed the cause. */
export class FailedJobs {
  readonly #queue: Queue;
  readonly #patienceMs: number;

  constructor(options: QueueOptions) {
    this.#patienceMs = options.patienceMs ?? 10_000;
    this.#queue = openQueue(options, true);
  }

  /** Newest first. @param name undefined: of every kind @throws UmbraError QUEUE_UNAVAILABLE */
  list(name: JobName | undefined, limit: number): Promise<readonly FailedJob[]> {
    return this.#patiently(async () => {
      const found: FailedJob[] = [];
      for (let from = 0; found.length < limit; from += PAGE) {
        const page = await this.#queue.getFailed(from, from + PAGE - 1);
        for (const job of page) {
          if (name !== undefined && job.name !== name) continue;
          const failedAt = job.finishedOn === undefined ? null : new Date(job.finishedOn);
          const { attemptsMade: attempts, failedReason: code } = job;
          found.push({ id: job.id ?? '', job: job.name, code, attempts, failedAt });
        }
        if (page.length < PAGE) break;
      }
      return found.slice(0, limit);
    });
  }

  /**
   * Puts failed jobs back, with all their attempts before them.
   * @returns ids put back; a job that somebody else has moved meanwhile is not among them
   * @throws UmbraError QUEUE_UNAVAILABLE
   */
  async requeue(ids: readonly string[]): Promise<readonly string[]> {
    const moved: string[] = [];
    for (const id of ids) if (await this.#patiently(() => this.#retry(id))) moved.push(id);
    return moved;
  }

  /** The connection belongs to whoever opened it. */
  async close(): Promise<void> {
    await this.#queue.close();
  }

  async #retry(id: string): Promise<boolean> {
    const job = await this.#queue.getJob(id);
    if (job === undefined || !(await job.isFailed())) return false;
    await job.retry('failed', { resetAttemptsMade: true });
    return true;
  }

  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await within(this.#patienceMs, work());
    } catch (error) {
      throw translateError(error);
    }
  }
}
