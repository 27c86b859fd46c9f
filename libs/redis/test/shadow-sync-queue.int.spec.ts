import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { FakeClock, openTestRedis, RecordingLog, type TestRedis } from '@umbra/testing';
import { SF_SHADOW_SYNC, UmbraError, type JobName, type JobPayload, type JobQueue } from '@umbra/domain';
import type { Redis } from 'ioredis';
import { connectFast } from '../src/connection/connection.ts';
import { QUEUE_PREFIX, ShadowSyncQueue } from '../src/queue/job-queue.ts';
import { QueueHealth } from '../src/queue/queue-health.ts';
import { QueuedRefreshRequests } from '../src/queue/refresh-requests.ts';
import { connected } from './connections.ts';

const patienceMs = 10_000;
const first = '001000000000001AAA';
const second = '001000000000002AAA';
const slice = { run: 'b3b0a1de-0b5a-4c3e-9a55-0d3c1b1f0a11', slice: 0 };

describe('producers of SF_SHADOW_SYNC', () => {
  let server: TestRedis;
  let connection: Redis;
  let queue: ShadowSyncQueue;
  /** Looks at what Redis holds, beside our own classes. */
  let view: Queue;

  beforeEach(async () => {
    server = await openTestRedis();
    connection = await connected(connectFast({ url: server.url, name: 'queue' }));
    queue = new ShadowSyncQueue({ redis: connection, patienceMs });
    view = new Queue(SF_SHADOW_SYNC, { connection: server.redis, prefix: QUEUE_PREFIX });
  });

  afterEach(async () => {
    await Promise.all([queue.close(), view.close()]);
    connection.disconnect();
    await server.close();
  });

  async function jobsInQueue(): Promise<{ name: string; data: unknown }[]> {
    const found = await view.getJobs(['prioritized', 'wait', 'delayed'], 0, -1, true);
    return found.map(({ name, data }) => ({ name, data: data as unknown }));
  }

  it('adds a job as the catalogue says', async () => {
    await queue.add('refresh-record', { object: 'Account', ids: [first] });
    const [job] = await view.getJobs(['prioritized']);
    expect(job).toMatchObject({
      name: 'refresh-record',
      data: { object: 'Account', ids: [first] },
      opts: {
        attempts: 8,
        priority: 1,
        backoff: { type: 'exponential', delay: 2_000 },
        removeOnFail: { age: 14 * 86_400 },
      },
    });
  });

  it('refuses a payload that its schema refuses', async () => {
    await expect(queue.add('refresh-record', { object: 'Account', ids: ['short'] })).rejects.toMatchObject({
      code: 'QUEUE_JOB_UNREADABLE',
    });
    expect(await jobsInQueue()).toEqual([]);
  });

  it('of jobs with one dedupe key one waits', async () => {
    for (let at = 0; at < 3; at += 1) await queue.add('backfill-slice', slice, { dedupeKey: 'run.0' });
    await queue.add('backfill-slice', { ...slice, slice: 1 }, { dedupeKey: 'run.1' });
    expect(await jobsInQueue()).toHaveLength(2);
  });

  it('ignores the key while its time lasts', async () => {
    await queue.add('backfill-slice', slice, { dedupeKey: 'run.0', dedupeMs: 60_000 });
    await view.obliterate({ force: true });
    await queue.add('backfill-slice', slice, { dedupeKey: 'run.0' });
    await queue.add('backfill-slice', slice, { dedupeKey: 'run.0', dedupeMs: 60_000 });
    expect(await jobsInQueue()).toHaveLength(1);
  });

  it('refuses a dedupe key that BullMQ would take apart', async () => {
    await expect(queue.add('backfill-slice', slice, { dedupeKey: 'a:b' })).rejects.toMatchObject({
      code: 'QUEUE_JOB_UNREADABLE',
    });
  });

  describe('refresh requests', () => {
    let log: RecordingLog;
    let requests: QueuedRefreshRequests;

    beforeEach(() => {
      log = new RecordingLog();
      requests = new QueuedRefreshRequests({ redis: connection, queue, log, patienceMs });
    });

    it('ask for an id once in a minute, whichever list it stands in', async () => {
      await requests.request('Account', [first, first]);
      await requests.request('Account', [first, second]);
      await requests.request('Account', [second]);
      await requests.request('Product2', [first]);
      expect(await jobsInQueue()).toEqual([
        { name: 'refresh-record', data: { object: 'Account', ids: [first] } },
        { name: 'refresh-record', data: { object: 'Account', ids: [second] } },
        { name: 'refresh-record', data: { object: 'Product2', ids: [first] } },
      ]);
      const life = await server.redis.pttl(`refresh:Account:${first}`);
      expect(life).toBeGreaterThan(0);
      expect(life).toBeLessThanOrEqual(60_000);
    });

    it('split long lists into jobs that fit', async () => {
      const ids = Array.from({ length: 2_001 }, (_, at) => `01t${String(at).padStart(12, '0')}AAA`);
      await requests.request('Product2', ids);
      const sizes = (await jobsInQueue()).map(({ data }) => (data as { ids: string[] }).ids.length);
      expect(sizes).toEqual([2_000, 1]);
    });

    it('give the claim back when the job could not be added', async () => {
      const full: JobQueue = {
        add<N extends JobName>(_name: N, _payload: JobPayload<N>) {
          return Promise.reject(new UmbraError('QUEUE_FULL', 'full'));
        },
      };
      await new QueuedRefreshRequests({ redis: connection, queue: full, log, patienceMs }).request(
        'Account',
        [first],
      );
      expect(log.messages('warn')).toEqual(['refresh not requested']);
      await requests.request('Account', [first]);
      expect(await jobsInQueue()).toHaveLength(1);
    });
  });

  describe('health', () => {
    it('counts the states and finds the oldest, behind younger jobs of a higher priority', async () => {
      const clock = new FakeClock();
      const health = new QueueHealth({ redis: connection, clock, patienceMs });
      expect(await health.snapshot()).toEqual({
        waiting: 0,
        active: 0,
        delayed: 0,
        failed: 0,
        oldestAgeSeconds: null,
      });
      await view.add('backfill-slice', slice, { priority: 10, timestamp: clock.now().getTime() });
      clock.advance(60_000);
      await view.add('refresh-record', {}, { priority: 1, timestamp: clock.now().getTime() });
      await view.add('refresh-record', {}, { priority: 1, timestamp: clock.now().getTime(), delay: 60_000 });
      clock.advance(30_000);
      expect(await health.snapshot()).toEqual({
        waiting: 2,
        active: 0,
        delayed: 1,
        failed: 0,
        oldestAgeSeconds: 90,
      });
      await health.close();
    });
  });
});
