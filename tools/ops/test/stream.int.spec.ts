import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UmbraError, type MirroredObjectName } from '@umbra/domain';
import { systemClock } from '@umbra/platform';
import { connectPatient, createJobWorkers, RedisServices } from '@umbra/redis';
import { migrate, openStore } from '@umbra/store';
import { openTestRedis, RecordingLog, withTestDatabase, type TestRedis } from '@umbra/testing';
import { runOps } from './run-ops.ts';

const topic = '/data/AccountChangeEvent';
const objects: readonly MirroredObjectName[] = ['Account'];
const replayId = '00000000000000a1b2c3';

/** A topic that was streamed once, up to `replayId`. */
async function streamOnce(databaseUrl: string): Promise<void> {
  const store = await openStore({ databaseUrl, applicationName: 'ops-test' });
  try {
    const lease = await store.streamLog.acquire(topic, objects, 'canary-owner', 30);
    if (lease === undefined) throw new Error('the topic is taken');
    await store.streamLog.append(lease, {
      events: [],
      replayId: Buffer.from(replayId, 'hex'),
      commitNumber: null,
      commitTimestamp: null,
      evidenceAt: new Date('2026-01-01T00:00:00Z'),
    });
  } finally {
    await store.close();
  }
}

describe('ops lag', () => {
  it('says so when nothing was streamed', () =>
    withTestDatabase(migrate, async ({ url }) => {
      const run = await runOps(['lag'], { DATABASE_URL: url });
      expect([run.code, run.stderr]).toEqual([0, '']);
      expect(run.stdout).toContain('No topic has been streamed yet.');
      expect(run.stdout).toMatch(/Account\s+none\s+nothing proven yet/);
      expect(run.stdout).toContain('Nothing was compared with Salesforce yet.');
    }));

  it('shows what was compared last: when, what was found, and up to when both are equal', () =>
    withTestDatabase(migrate, async ({ url }) => {
      const store = await openStore({ databaseUrl: url, applicationName: 'test' });
      const equalAsOf = '2026-03-01T09:55:00.000Z';
      try {
        for (const driftRows of [7, 3]) {
          const lease = { owner: 'a', seconds: 60, withinSeconds: 60 };
          const run = await store.upkeep.take('reconcile-deep', 'Account', lease);
          const report = { outcome: 'repaired', driftRows, equalAsOf, calls: 12 };
          await store.upkeep.finish(run?.id ?? '', 'a', report);
        }
      } finally {
        await store.close();
      }
      const env = { DATABASE_URL: url };
      expect((await runOps(['lag', '--json'], env)).json()).toMatchObject({
        comparisons: [{ kind: 'reconcile-deep', subject: 'Account', driftRows: 3, equalAsOf }],
      });
      expect((await runOps(['lag'], env)).stdout).toMatch(
        /reconcile-deep\s+Account\s+\S+Z\s+repaired\s+3\s+2026-03-01T09:55:00.000Z\s+12/,
      );
    }));

  it('shows topics, their proof and open holes', () =>
    withTestDatabase(migrate, async ({ url }) => {
      await streamOnce(url);
      const env = { DATABASE_URL: url };
      await runOps(['cursor', 'move', '--topic', topic, '--earliest'], env);
      const run = await runOps(['lag', '--json'], env);
      expect(run.json()).toMatchObject({
        objects: [{ object: 'Product2', lagSeconds: 0 }, {}, {}],
        streams: [{ topic, backlog: 0 }],
        lanes: 0,
        holes: [{ object: 'Account', scope: 'object', cause: 'operator-skip' }],
      });
      expect((await runOps(['lag'], env)).stdout).toMatch(/Account\s+object\s+operator-skip/);
    }));
});

describe('ops cursor', () => {
  it('shows the position, moves it only when told to, and opens a hole', () =>
    withTestDatabase(migrate, async ({ url, rows }) => {
      await streamOnce(url);
      const env = { DATABASE_URL: url };
      const shown = async () =>
        (await runOps(['cursor', 'show', '--json'], env)).json<{ cursors: { replayId: string | null }[] }>()
          .cursors;
      expect(await shown()).toMatchObject([{ topic, epoch: 0, replayId }]);
      const plan = await runOps(['cursor', 'move', '--topic', topic, '--earliest', '--dry-run'], env);
      expect(plan.stdout).toMatch(/^Would move .* to the earliest event/);
      expect(await shown()).toMatchObject([{ replayId }]);
      expect(await rows('SELECT 1 FROM sf_hole')).toEqual([]);
      const other = '00000000000000000001';
      const moved = await runOps(['cursor', 'move', '--topic', topic, '--replay-id', other, '--json'], env);
      expect(moved.json()).toEqual({ topic, from: replayId, to: other, objects: ['Account'] });
      expect(await shown()).toMatchObject([{ replayId: other }]);
      expect(await rows('SELECT object, cause FROM sf_hole')).toEqual([
        { object: 'Account', cause: 'operator-skip' },
      ]);
    }));

  it.each([
    [['--earliest', '--replay-id', 'aa'], 'either --earliest or --replay-id'],
    [[], 'either --earliest or --replay-id'],
    [['--replay-id', 'xyz'], 'hexadecimal'],
    [['--earliest', '--topic', '/data/OtherChangeEvent'], 'never been streamed'],
  ])('refuses %j: 64', (words, phrase) =>
    withTestDatabase(migrate, async ({ url }) => {
      await streamOnce(url);
      const run = await runOps(['cursor', 'move', '--topic', topic, ...words], { DATABASE_URL: url });
      expect(run.code).toBe(64);
      expect(run.stderr).toContain(phrase);
    }),
  );
});

describe('ops requeue', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await openTestRedis();
  });
  afterAll(() => redis.close());

  /** Leaves one failed job. */
  async function failOnce(): Promise<void> {
    const log = new RecordingLog();
    const services = new RedisServices({ url: redis.url, clock: systemClock, log });
    const connection = connectPatient({ url: redis.url, name: 'worker', log });
    const { promise: failed, resolve } = Promise.withResolvers<void>();
    const consumers = await createJobWorkers({
      redis: connection,
      clock: systemClock,
      log,
      handlers: [
        { job: 'apply-changes', handle: () => Promise.resolve() },
        {
          job: 'refresh-record',
          handle: () => {
            resolve();
            return Promise.reject(new UmbraError('STORE_REJECTED', 'canary'));
          },
        },
        { job: 'backfill-slice', handle: () => Promise.resolve() },
        { job: 'pull-delta', handle: () => Promise.resolve() },
        { job: 'reconcile-object', handle: () => Promise.resolve() },
      ],
    });
    try {
      consumers.start();
      while (!(await ready(services))) await new Promise(setImmediate);
      await services.queue.add('refresh-record', { object: 'Account', ids: ['001000000000001AAA'] });
      await failed;
      while ((await services.health.snapshot()).failed === 0) await new Promise(setImmediate);
    } finally {
      await consumers.close();
      connection.disconnect();
      await services.close();
    }
  }

  const ready = (services: RedisServices): Promise<boolean> =>
    services.health.snapshot().then(
      () => true,
      () => false,
    );

  it('lists failed jobs by code, and puts them back only when told to', async () => {
    await failOnce();
    const env = { REDIS_URL: redis.url };
    const plan = await runOps(['requeue', '--dry-run'], env);
    expect(plan.stdout).toMatch(/refresh-record\s+STORE_REJECTED\s+1/);
    expect(plan.stdout).not.toContain('canary');
    expect((await runOps(['requeue', '--job', 'apply-changes', '--json'], env)).json()).toEqual({
      requeued: [],
    });
    expect((await runOps(['requeue', '--job', 'refresh-record'], env)).stdout).toBe(
      'Put back: 1 of 1 failed jobs.\n',
    );
    expect((await runOps(['requeue', '--dry-run'], env)).stdout).toBe('No failed job is kept.\n');
  });

  it.each([
    [['--job', 'reticulate-splines'], '--job takes apply-changes'],
    [['--limit', '0'], '--limit takes'],
  ])('refuses %j: 64', async (words, phrase) => {
    const run = await runOps(['requeue', ...words], { REDIS_URL: redis.url });
    expect(run.code).toBe(64);
    expect(run.stderr).toContain(phrase);
  });
});
