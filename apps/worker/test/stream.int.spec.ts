import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger, createShutdown, systemClock, type Shutdown } from '@umbra/platform';
import { migrate } from '@umbra/store';
import {
  openTestRedis,
  startOwnRedis,
  startSimulatedOrg,
  withTestDatabase,
  type SimulatedOrg,
  type TestDatabase,
  type TestRedis,
} from '@umbra/testing';
import supertest from 'supertest';
import { workerSettings } from '../src/settings.ts';
import { startWorker } from '../src/start-worker.ts';
import { profileOf } from '../test-build/short-profile.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-worker-'));
let org: SimulatedOrg;
let redis: TestRedis;
beforeAll(async () => {
  [org, redis] = await Promise.all([startSimulatedOrg(), openTestRedis()]);
  await control('PATCH', '/pubsub/knobs', { keepAliveEvery: 0.2 });
});
afterAll(async () => {
  await Promise.all([org.close(), redis.close()]);
  rmSync(folder, { recursive: true });
});

interface Line {
  readonly message: string;
  readonly [field: string]: unknown;
}

interface Running {
  readonly http: ReturnType<typeof supertest>;
  readonly shutdown: Shutdown;
  readonly lines: Line[];
  /** Resolves with the first entry, past or to come, that fits. */
  readonly said: (fits: (line: Line) => boolean) => Promise<Line>;
}

async function withWorker<T>(
  db: Pick<TestDatabase, 'url'>,
  body: (worker: Running) => Promise<T>,
  env: Record<string, string> = {},
): Promise<T> {
  const lines: Line[] = [];
  const waiting: { readonly fits: (line: Line) => boolean; readonly found: (line: Line) => void }[] = [];
  const write = (text: string): void => {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    for (const { fits, found } of waiting) if (fits(line)) found(line);
  };
  const { log, pino } = createLogger({ service: 'worker', level: 'debug', sink: { write } });
  const shutdown = createShutdown({ log });
  const values = {
    DATABASE_URL: db.url,
    REDIS_URL: redis.url,
    SF_FIELD_MAP_FILE: join(import.meta.dirname, '../../../config/field-map.yaml'),
    AUTH_MODE: 'none',
    ...org.env,
    ...env,
  };
  try {
    const { env: settings } = workerSettings({ values, problems: [] });
    const tuning = profileOf('short');
    const { app } = await startWorker({ settings, clock: systemClock, log, pino, shutdown, tuning });
    const said = (fits: (line: Line) => boolean): Promise<Line> =>
      new Promise((found) => {
        const past = lines.find(fits);
        if (past !== undefined) found(past);
        else waiting.push({ fits, found });
      });
    return await body({ http: supertest(app.server), shutdown, lines, said });
  } finally {
    await shutdown.stop('test over');
  }
}

const isOpen = (topic: string) => (line: Line) => line['topic'] === topic && line['state'] === 'streaming';
const topics = ['Product2', 'PricebookEntry', 'Account'].map((object) => `/data/${object}ChangeEvent`);

async function control(method: string, path: string, body: object): Promise<unknown> {
  const answer = await fetch(org.controlUrl + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.json();
}

async function transact(edits: readonly object[]): Promise<string> {
  const { results } = (await control('POST', '/transactions', { edits })) as { results: { id: string }[] };
  return results[0]?.id ?? '';
}

const newAccount = (name: string): Promise<string> =>
  transact([{ op: 'create', object: 'Account', fields: { Name: name, Internet_Eligibility__c: 'FTTH' } }]);
/** Resolves when the account's row says so; looks again after each batch that was applied. */
async function untilEligible(
  { lines, said }: Running,
  db: Pick<TestDatabase, 'client'>,
  id: string,
  eligibility: string,
): Promise<void> {
  for (;;) {
    const seen = lines.length;
    const { rows } = await db.client.query(
      'SELECT 1 FROM sf_account_eligibility_shadow WHERE account_id = $1 AND internet_eligibility = $2',
      [id, eligibility],
    );
    if (rows.length === 1) return;
    await said((line) => line.message === 'changes applied' && lines.indexOf(line) >= seen);
  }
}

describe('a worker that streams', () => {
  it('brings a change into its table, opens a stream per topic and gives the leases back', () =>
    withTestDatabase(migrate, async (db) => {
      const leases = () =>
        db.rows<{ topic: string; owned: boolean }>(
          'SELECT topic, lease_owner IS NOT NULL AND lease_until > now() AS owned FROM sf_stream ORDER BY topic',
        );
      await withWorker(db, async (worker) => {
        const { http, lines, said } = worker;
        await Promise.all(topics.map((topic) => said(isOpen(topic))));
        const ready = (await http.get('/health/ready').expect(200)).body as object;
        expect(ready).toMatchObject({ details: { process: { parts: { streams: 'up', eventLoop: 'up' } } } });
        const id = await newAccount('Streamed');
        await untilEligible(worker, db, id, 'FTTH');
        await transact([
          { op: 'update', object: 'Account', id, fields: { Internet_Eligibility__c: 'VDSL' } },
        ]);
        await untilEligible(worker, db, id, 'VDSL');
        const metrics = (await http.get('/metrics').expect(200)).text;
        expect(metrics).toMatch(
          /sf_shadow_sync_events_total\{object="Account",change_type="CREATE",outcome="applied",service="worker"\} 1/,
        );
        expect(metrics).toMatch(/sf_shadow_commit_to_visible_seconds_count\{service="worker"\} [12]\n/);
        expect(await leases()).toEqual(topics.toSorted().map((topic) => ({ topic, owned: true })));
        const stored = lines.filter(({ message }) => message === 'events stored');
        expect(stored.length).toBeGreaterThan(0);
        expect(JSON.stringify(lines)).not.toContain('Streamed');
      });
      expect(await leases()).toEqual(topics.toSorted().map((topic) => ({ topic, owned: false })));
    }));

  it('moves the mirror while Redis is away from the start on', () =>
    withTestDatabase(migrate, async (db) => {
      const own = await startOwnRedis();
      const { url } = own;
      await own.close();
      await withWorker(
        db,
        async (worker) => {
          await worker.said(isOpen('/data/AccountChangeEvent'));
          await untilEligible(worker, db, await newAccount('No Redis'), 'FTTH');
          expect((await worker.http.get('/health/ready').expect(200)).body).toMatchObject({
            status: 'degraded',
          });
        },
        { REDIS_URL: url },
      );
    }));

  it('subscribes to nothing when it is switched off', () =>
    withTestDatabase(migrate, (db) =>
      withWorker(
        db,
        async ({ http, said, lines }) => {
          await said(({ message }) => message === 'taking jobs');
          const { text } = await http.get('/health/ready').expect(200);
          const ready = JSON.parse(text) as { details: { process: { parts: object } } };
          expect(Object.keys(ready.details.process.parts)).toEqual([
            'postgres',
            'redis',
            'consumers',
            'eventLoop',
          ]);
          expect(lines.some(({ message }) => message === 'subscriber moved')).toBe(false);
        },
        { ENABLE_SF_EVENT_CONSUMER: 'false' },
      ),
    ));

  it('two of them: one streams, the other waits and takes over', () =>
    withTestDatabase(migrate, (db) =>
      withWorker(db, async (first) => {
        await Promise.all(topics.map((topic) => first.said(isOpen(topic))));
        await withWorker(db, async (second) => {
          const [topic = ''] = topics;
          await second.said((line) => line['topic'] === topic && line['state'] === 'waiting-for-lease');
          expect(second.lines.some(isOpen(topic))).toBe(false);
          await first.shutdown.stop('first goes');
          await Promise.all(topics.map((each) => second.said(isOpen(each))));
          await untilEligible(second, db, await newAccount('Taken over'), 'FTTH');
        });
      }),
    ));
});
