import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue, QueueEvents } from 'bullmq';
import { openTestRedis, RecordingLog, type TestRedis } from '@umbra/testing';
import { SF_SHADOW_SYNC, UmbraError, type JobPayload } from '@umbra/domain';
import type { Redis } from 'ioredis';
import { connectFast, connectPatient } from '../src/connection/connection.ts';
import type { JobContext } from '../src/queue/job-handlers.ts';
import { QUEUE_PREFIX, ShadowSyncQueue } from '../src/queue/job-queue.ts';
import { createJobWorkers, type JobWorkers } from '../src/queue/job-workers.ts';
import { connected } from './connections.ts';

type Refresh = (payload: JobPayload<'refresh-record'>, context: JobContext) => Promise<void>;

const ids = ['001000000000001AAA'];
const clock = { now: () => new Date() };
const slice = (at: number) => ({ run: 'b3b0a1de-0b5a-4c3e-9a55-0d3c1b1f0a11', slice: at });

describe('consumers of SF_SHADOW_SYNC', () => {
  let server: TestRedis;
  let producing: Redis;
  let consuming: Redis;
  let listening: Redis;
  let queue: ShadowSyncQueue;
  let view: Queue;
  let events: QueueEvents;
  let log: RecordingLog;
  let workers: JobWorkers | undefined;

  beforeEach(async () => {
    server = await openTestRedis();
    producing = await connected(connectFast({ url: server.url, name: 'queue' }));
    consuming = connectPatient({ url: server.url, name: 'worker' });
    log = new RecordingLog();
    queue = new ShadowSyncQueue({ redis: producing, patienceMs: 10_000 });
    view = new Queue(SF_SHADOW_SYNC, { connection: server.redis, prefix: QUEUE_PREFIX });
    listening = connectPatient({ url: server.url, name: 'events' });
    events = new QueueEvents(SF_SHADOW_SYNC, { connection: listening, prefix: QUEUE_PREFIX });
    await events.waitUntilReady();
  });

  afterEach(async () => {
    await workers?.close();
    workers = undefined;
    await Promise.all([queue.close(), view.close(), events.close()]);
    producing.disconnect();
    consuming.disconnect();
    listening.disconnect();
    await server.close();
  });

  async function work(
    refresh: Refresh,
    runSlice: (at: number) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    workers = await createJobWorkers({
      redis: consuming,
      clock,
      log,
      handlers: [
        { job: 'apply-changes', handle: () => Promise.resolve() },
        { job: 'refresh-record', handle: refresh },
        { job: 'pull-delta', handle: () => Promise.resolve() },
        { job: 'reconcile-object', handle: () => Promise.resolve() },
        { job: 'backfill-slice', handle: ({ slice: at }) => runSlice(at) },
      ],
    });
  }

  /** Resolves at the next event of this kind. */
  function next(event: 'completed' | 'failed' | 'delayed'): Promise<{ jobId: string }> {
    return new Promise((resolve) => events.once(event, resolve));
  }

  it('refuse to be built with a missing handler', async () => {
    await expect(createJobWorkers({ redis: consuming, clock, log, handlers: [] })).rejects.toMatchObject({
      code: 'QUEUE_HANDLERS',
    });
  });

  it('take nothing before they are started, then run the job with its payload', async () => {
    const seen: unknown[] = [];
    await work((payload, { attempt }) => Promise.resolve(void seen.push({ payload, attempt })));
    await queue.add('refresh-record', { object: 'Account', ids });
    expect(workers?.running).toBe(false);
    expect((await view.getJobCounts('prioritized'))['prioritized']).toBe(1);
    const done = next('completed');
    workers?.start();
    await done;
    expect(seen).toEqual([{ payload: { object: 'Account', ids }, attempt: 1 }]);
    expect(await view.getJobs()).toEqual([]);
  });

  it('take nothing while paused and go on afterwards', async () => {
    let runs = 0;
    await work(() => Promise.resolve(void (runs += 1)));
    workers?.start();
    await workers?.pause();
    await queue.add('refresh-record', { object: 'Account', ids });
    expect(workers?.running).toBe(false);
    const done = next('completed');
    workers?.start();
    await done;
    expect(runs).toBe(1);
  });

  it('sec-36: keep a job that no retry can help, with the code and without a value of a record', async () => {
    await work(() =>
      Promise.reject(new UmbraError('STORE_REJECTED', 'secret-value', { details: { v: 'secret' } })),
    );
    const failed = next('failed');
    workers?.start();
    await queue.add('refresh-record', { object: 'Account', ids });
    const job = await view.getJob((await failed).jobId);
    expect(job).toMatchObject({ failedReason: 'STORE_REJECTED', attemptsMade: 1 });
    expect(JSON.stringify(await server.redis.hgetall(view.toKey(job?.id ?? '')))).not.toContain('secret');
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'job failed for good' }),
    );
  });

  it('delay a job until the limit is over, without using up an attempt', async () => {
    const retryAt = new Date(Date.now() + 3_600_000);
    await work(() => Promise.reject(new UmbraError('SF_DAILY_LIMIT', 'used up', { retryAt })));
    const delayed = next('delayed');
    workers?.start();
    await queue.add('refresh-record', { object: 'Account', ids });
    const job = await view.getJob((await delayed).jobId);
    expect(job?.attemptsMade).toBe(0);
    expect((job?.delay ?? 0) / 1000).toBeGreaterThan(3_500);
    expect((await view.getJobCounts('delayed', 'failed'))['failed']).toBe(0);
  });

  it('back off after a failure that may pass', async () => {
    await work(() => Promise.reject(new UmbraError('SF_UNAVAILABLE', 'down')));
    const delayed = next('delayed');
    workers?.start();
    await queue.add('refresh-record', { object: 'Account', ids });
    const job = await view.getJob((await delayed).jobId);
    expect(job).toMatchObject({ attemptsMade: 1, failedReason: 'SF_UNAVAILABLE' });
    expect(job?.delay).toBeLessThanOrEqual(2_000);
  });

  it('fail loudly on an unknown job and on data of another release', async () => {
    await work(() => Promise.resolve());
    workers?.start();
    for (const name of ['reticulate-splines', 'refresh-record']) {
      const failed = next('failed');
      await view.add(name, { object: 'Contact' }, { attempts: 5 });
      expect(await view.getJob((await failed).jobId)).toMatchObject({
        name,
        failedReason: 'QUEUE_JOB_UNREADABLE',
        attemptsMade: 1,
      });
    }
  });

  it('a kept failed job does not mute the next one of its kind', async () => {
    let broken = true;
    await work(() => (broken ? Promise.reject(new UmbraError('STORE_REJECTED', 'x')) : Promise.resolve()));
    workers?.start();
    const failed = next('failed');
    await queue.add('refresh-record', { object: 'Account', ids }, { dedupeKey: 'a' });
    await failed;
    broken = false;
    const done = next('completed');
    await queue.add('refresh-record', { object: 'Account', ids }, { dedupeKey: 'a' });
    await done;
    expect((await view.getJobCounts('failed'))['failed']).toBe(1);
  });

  it('a job that is added while its twin runs, runs after it', async () => {
    let release: () => void = () => undefined;
    const seen: string[] = [];
    const { promise: started, resolve } = Promise.withResolvers<void>();
    await work(async ({ ids: [id] }) => {
      seen.push(id ?? '');
      resolve();
      if (seen.length === 1) await new Promise<void>((go) => (release = go));
    });
    workers?.start();
    await queue.add('refresh-record', { object: 'Account', ids }, { dedupeKey: 'a' });
    await started;
    const later = ['001000000000002AAA'];
    await queue.add('refresh-record', { object: 'Account', ids: later }, { dedupeKey: 'a' });
    const first = next('completed');
    release();
    await first;
    await next('completed');
    expect(seen).toEqual([...ids, ...later]);
  });

  it('slow jobs of one kind leave the places of the others free', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let slices = 0;
    await work(
      () => Promise.resolve(),
      async () => {
        slices += 1;
        await held;
      },
    );
    workers?.start();
    for (let at = 0; at < 8; at += 1) await queue.add('backfill-slice', slice(at));
    const done = next('completed');
    await queue.add('refresh-record', { object: 'Account', ids });
    expect((await view.getJob((await done).jobId))?.name).toBeUndefined();
    expect(slices).toBe(1);
    release();
  });

  it('hand a running job back with its attempt when they are closed', async () => {
    const { promise: started, resolve } = Promise.withResolvers<void>();
    await work(async (_payload, { signal }) => {
      resolve();
      await new Promise<void>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    });
    workers?.start();
    await queue.add('refresh-record', { object: 'Account', ids });
    await started;
    await workers?.close();
    const [job] = await view.getJobs(['delayed', 'prioritized', 'wait']);
    expect(job).toMatchObject({ name: 'refresh-record', attemptsMade: 0 });
  });
});
