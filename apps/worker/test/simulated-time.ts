import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mirroredObjectNames, type MirroredObjectName } from '@umbra/domain';
import { createLogger, createShutdown, loadFieldMap, type Shutdown } from '@umbra/platform';
import { RedisServices } from '@umbra/redis';
import { migrate, openStore, type Store } from '@umbra/store';
import { Mirror, runBackfill, settleRules, StaleReadGuard } from '@umbra/sync';
import { FakeClock, openTestRedis, withTestDatabase, type TestDatabase } from '@umbra/testing';
import { workerSettings } from '../src/settings.ts';
import { startWorker } from '../src/start-worker.ts';
import { openOrgAt, type OrgUnderTest } from './simulated-salesforce.ts';

const fieldMapFile = join(import.meta.dirname, '../../../config/field-map.yaml');

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Steps in which time passes: short enough that nothing takes one for a process that stood still. */
const STEP_MS = 10 * SECOND;

/** Real milliseconds after which a wait has failed; nothing that is waited for takes as many seconds. */
const PATIENCE_MS = 120_000;

/**
 * A worker in this process with the product's own times, over PostgreSQL, Redis and a simulated org, and one time for
 * all of them: the worker's clock stands still between steps, the database's and the org's are moved along with it.
 */
export class SimulatedTime {
  readonly org: OrgUnderTest;
  readonly db: TestDatabase;
  readonly store: Store;
  readonly clock: FakeClock;
  readonly log: string[] = [];
  readonly #env: Readonly<Record<string, string>>;
  readonly #queue: RedisServices;
  #worker: Shutdown | undefined;
  /** When the worker's clock was last right by the machine's. */
  #movedAt: number;
  #shift = 0;

  constructor(
    org: OrgUnderTest,
    db: TestDatabase,
    store: Store,
    clock: FakeClock,
    env: Readonly<Record<string, string>>,
  ) {
    [this.org, this.db, this.store, this.clock, this.#env] = [org, db, store, clock, env];
    this.#movedAt = clock.now().getTime();
    const { log } = createLogger({ service: 'worker', level: 'fatal', sink: { write: () => undefined } });
    this.#queue = new RedisServices({ url: env['REDIS_URL'] ?? '', clock, log });
  }

  /** Starts a worker and waits until it takes jobs. */
  async start(): Promise<void> {
    const { log, pino } = createLogger({
      service: 'worker',
      level: 'info',
      sink: { write: (line) => this.log.push(line) },
    });
    const shutdown = createShutdown({ log });
    this.#worker = shutdown;
    const { env: settings } = workerSettings({ values: { ...this.#env }, problems: [] });
    const { working } = await this.#during(startWorker({ settings, clock: this.clock, log, pino, shutdown }));
    await this.#during(working);
  }

  /** Reads everything, as the command does. */
  async backfill(): Promise<void> {
    const { bulk, records } = this.org.salesforce;
    const { rules } = await this.#during(settleRules(records, loadFieldMap(fieldMapFile), null));
    const { log } = createLogger({ service: 'ops', level: 'fatal', sink: { write: () => undefined } });
    const cache = { invalidate: () => Promise.resolve(), invalidateAllCatalogs: () => Promise.resolve() };
    const { changeLog, runs, shadow, streamLog } = this.store;
    const deps = {
      mirror: new Mirror({ store: shadow, cache, rules, log, positions: streamLog }),
      runs,
      bulk,
      records,
      clock: this.clock,
      guard: new StaleReadGuard({ changes: changeLog, clock: this.clock }),
      owner: 'backfill',
    };
    await this.#during(runBackfill(deps, { objects: mirroredObjectNames }));
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker !== undefined) await this.#during(worker.stop('the test says so'));
  }

  async close(): Promise<void> {
    await this.stop();
    await this.#queue.close();
  }

  /** Lets time pass for everybody. A stream that is open hears of Salesforce once a minute meanwhile, as it does in life. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0;) {
      const minute = Math.min(left, MINUTE);
      for (let passed = 0; passed < minute; passed += STEP_MS)
        await this.#move(Math.min(STEP_MS, minute - passed));
      left -= minute;
      if (this.#worker !== undefined) await this.#heard();
    }
  }

  /** Lets time pass at one go, as it does for somebody who is away. */
  skip(ms: number): Promise<void> {
    if (this.#worker !== undefined)
      throw new RangeError('a worker would take it for a block of its event loop');
    return this.#move(ms);
  }

  /** Lets time pass until it is so. @throws Error when it is not within some simulated hours */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (let minutes = 0; minutes < 6 * 60; minutes++) {
      if (await isSo()) return;
      await this.pass(MINUTE);
    }
    throw new Error(`not within six hours: ${what}; ${this.#lastWords()}`);
  }

  /** The chain of the night, asked for as its schedule asks for it, until it has ended. */
  async night(): Promise<void> {
    const ended = async (): Promise<number> =>
      (await this.db.rows("SELECT 1 FROM sf_upkeep_run WHERE kind = 'nightly' AND finished_at IS NOT NULL"))
        .length;
    const before = await ended();
    await this.#queue.queue.add('pull-delta', { holes: [] });
    await this.until('the chain of the night has ended', async () => (await ended()) > before);
  }

  /** Calls that Salesforce has seen since it was asked the last time, by route. */
  async calls(): Promise<ReadonlyMap<string, number>> {
    const { calls } = await this.org.control<{ calls: readonly { route: string; calls: number }[] }>(
      'GET',
      '/counters',
    );
    await this.org.control('DELETE', '/counters');
    const byRoute = new Map<string, number>();
    for (const one of calls) byRoute.set(one.route, (byRoute.get(one.route) ?? 0) + one.calls);
    return byRoute;
  }

  /** Milliseconds since the instant up to which the object is proven; Infinity: nothing is. */
  async age(object: MirroredObjectName): Promise<number> {
    const covered = await this.store.reads.coveredAt(object);
    return this.clock.now().getTime() - (covered?.getTime() ?? -Infinity);
  }

  /** Everything that was stored is applied, nothing is open, and every object is proven until a moment ago. */
  async settled(): Promise<boolean> {
    if ((await this.store.ledger.openHoles()).length > 0) return false;
    if ((await this.store.changeLog.laggingLanes()).length > 0) return false;
    for (const object of mirroredObjectNames) {
      if ((await this.age(object)) > 3 * MINUTE) return false;
      if ((await this.store.dirtyRecords.dirtyRecords(object, 1)).length > 0) return false;
    }
    return true;
  }

  #lastWords(): string {
    return `the worker's last words: ${this.log.slice(-8).join('')}`;
  }

  /** Waits until every topic has proven something of the last minute and a half; time hardly moves meanwhile. */
  async #heard(): Promise<void> {
    const isSo = async (): Promise<boolean> => {
      const [row] = await this.db.rows<{ heard: boolean }>(
        `SELECT coalesce(bool_and(evidence_at > sf_now() - interval '90 seconds' OR lease_owner IS NULL), true) AS heard
         FROM sf_stream`,
      );
      return row?.heard === true;
    };
    const begun = performance.now();
    while (!(await isSo())) {
      const waited = performance.now() - begun;
      if (waited > PATIENCE_MS) throw new Error(`the stream is not heard of any more; ${this.#lastWords()}`);
      // A stream that broke is opened again after a pause, which has to pass.
      await this.#move(waited < 10_000 ? 10 : SECOND);
    }
  }

  /** Waits for work of the worker: what it sleeps through in between passes as quickly as it can. */
  async #during<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const ended = work.finally(() => (done = true));
    ended.catch(() => undefined);
    const begun = performance.now();
    while (!done && performance.now() - begun < PATIENCE_MS) await this.#move(50);
    return ended;
  }

  async #move(ms: number): Promise<void> {
    this.#shift += ms;
    await Promise.all([
      this.db.shiftClock(this.#shift),
      this.org.control('POST', '/clock', { advanceSeconds: ms / 1000 }),
    ]);
    const now = Date.now();
    // The other two clocks run with the machine's between the steps.
    this.clock.advance(ms + Math.max(0, now - this.#movedAt));
    this.#movedAt = now;
  }
}

export async function withSimulatedTime(body: (world: SimulatedTime) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'umbra-time-'));
  const clock = new FakeClock(new Date());
  const [org, redis] = await Promise.all([openOrgAt(clock, '--scale', 'demo'), openTestRedis()]);
  try {
    // In real time, which is shorter than that of the world.
    await org.control('PATCH', '/pubsub/knobs', { keepAliveEvery: 0.2 });
    await withTestDatabase(migrate, async (db) => {
      const store = await openStore({ databaseUrl: db.url, applicationName: 'simulated-time', max: 2 });
      const env = {
        DATABASE_URL: db.url,
        REDIS_URL: redis.url,
        SF_FIELD_MAP_FILE: fieldMapFile,
        SF_ARCHIVE_DIR: folder,
        AUTH_MODE: 'none',
        ...org.env,
      };
      const world = new SimulatedTime(org, db, store, clock, env);
      try {
        await body(world);
      } finally {
        await world.close();
        await store.close();
      }
    });
  } finally {
    await Promise.all([org.close(), redis.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}
