import 'reflect-metadata';
import { BullModule, BullRegistrar, Processor, WorkerHost } from '@nestjs/bullmq';
import { NestFactory } from '@nestjs/core';
import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { jobs, SF_SHADOW_SYNC, UmbraError, type Clock, type Log } from '@umbra/domain';
import { JobConsumer } from './job-consumer.ts';
import { runnersOf, type AnyJobHandler } from './job-handlers.ts';
import { QUEUE_PREFIX } from './job-queue.ts';

const specs = Object.values(jobs);
/** One worker serves the whole queue, so it needs a place for every job that may run at once. */
const PLACES = specs.reduce((sum, { concurrency }) => sum + concurrency, 0);
/** Likewise one lock serves all; it is renewed at half its life while the process lives. */
const LOCK_MS = Math.max(...specs.map(({ lockMs }) => lockMs));
/** A job that takes its worker down with it is not to be tried for ever. */
const STALLS_FORGIVEN = 5;

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

/** What Nest drives: one processor for the queue, since the catalogue decides which handler a job has. */
class ShadowSyncProcessor extends WorkerHost {
  readonly #consumer: JobConsumer;

  constructor(consumer: JobConsumer) {
    super();
    this.#consumer = consumer;
  }

  /** Three parameters: BullMQ counts them, and gives the signal only then. */
  override process(job: Job, token?: string, signal?: AbortSignal): Promise<void> {
    return this.#consumer.consume(job, token, signal);
  }
}

Processor(SF_SHADOW_SYNC, {
  autorun: false,
  concurrency: PLACES,
  lockDuration: LOCK_MS,
  maxStalledCount: STALLS_FORGIVEN,
})(ShadowSyncProcessor);

/**
 * Builds the consumers from the job catalogue, in a Nest context of their own: they start later than the HTTP side and
 * stop before it.
 * @throws UmbraError QUEUE_HANDLERS when a job has no handler, or two
 */
export async function createJobWorkers(options: JobWorkersOptions): Promise<JobWorkers> {
  const closing = new AbortController();
  const processor = new ShadowSyncProcessor(
    new JobConsumer(runnersOf(options.handlers), options, closing.signal),
  );
  const context = await NestFactory.createApplicationContext(consumersModule(processor, options), {
    logger: false,
    abortOnError: false,
  });
  let registered = false;
  let running = false;
  return {
    start() {
      if (running) return;
      running = true;
      // Registered late: the caller starts it once `checkRedis` has passed, and BullMQ asks the server about its
      // version and policy at once.
      if (!registered) register();
      void processor.worker.resume();
    },
    async pause() {
      running = false;
      if (registered) await processor.worker.pause();
    },
    get running() {
      return running;
    },
    async close() {
      running = false;
      closing.abort(new UmbraError('QUEUE_UNAVAILABLE', 'the worker shuts down'));
      await context.close();
    },
  };

  function register(): void {
    registered = true;
    context.get(BullRegistrar, { strict: false }).register();
    const { log } = options;
    processor.worker.on('error', (error) => log.warn({ err: error }, 'queue worker error'));
    processor.worker.on('stalled', (jobId) => log.warn({ jobId }, 'job stalled, runs again'));
  }
}

function consumersModule(processor: ShadowSyncProcessor, { redis, prefix }: JobWorkersOptions): object {
  return {
    module: class ShadowSyncConsumers {},
    imports: [
      BullModule.forRoot({
        connection: redis,
        prefix: prefix ?? QUEUE_PREFIX,
        extraOptions: { manualRegistration: true },
      }),
      // No queue of its own: whoever adds jobs has one, and its connection must fail fast.
      BullModule.registerQueue(),
    ],
    providers: [{ provide: ShadowSyncProcessor, useValue: processor }],
  };
}
