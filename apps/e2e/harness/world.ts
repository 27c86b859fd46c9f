import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  freePort,
  openTestRedis,
  withMigratedDatabase,
  type TestDatabase,
  type TestRedis,
} from '@umbra/testing/servers';
import { Child } from './child.ts';
import { eventually } from './eventually.ts';
import { startSimulator, type SimulatedOrg } from './simulator.ts';

/** A running app and its address. */
export interface App {
  readonly child: Child;
  readonly url: string;
}

/** Everything of one test: an org, a migrated database, an empty Redis, and the programs it starts. */
export interface World {
  readonly org: SimulatedOrg;
  readonly database: Pick<TestDatabase, 'name' | 'url' | 'rows'>;
  readonly redisUrl: string;
  /** For looking at what the programs left there. */
  readonly redis: TestRedis['redis'];
  readonly env: Readonly<Record<string, string>>;
  /** A bearer key with the scopes `read` and `operator`. */
  readonly key: string;
  /** Every program that was started in it, the ended ones too. */
  readonly children: readonly Child[];
  ops(args: readonly string[], env?: Record<string, string>): Promise<Finished>;
  backfill(args?: readonly string[], env?: Record<string, string>): Promise<Finished>;
  /** The command, running. */
  startBackfill(args?: readonly string[], env?: Record<string, string>): Child;
  /** A server program until it ends by itself, as one does that refuses to start. */
  run(name: 'worker' | 'bff', env: Record<string, string>): Promise<Finished>;
  startWorker(env?: Record<string, string>): Promise<App>;
  /** The test build with short waits: leases of 2 s, silence of 3 s, a sweep every half second. */
  startQuickWorker(env?: Record<string, string>): Promise<App>;
  /** The same, not waited for: it may be gone before it is ready. */
  launchQuickWorker(env?: Record<string, string>): Child;
  startBff(env?: Record<string, string>): Promise<App>;
}

export interface Finished {
  readonly code: number | NodeJS.Signals;
  readonly output: string;
}

const scripts = {
  ops: 'dist/ops/main.js',
  backfill: 'dist/bff/salesforce-backfill-shadow.js',
  worker: 'dist/worker/main.js',
  /** The worker with short waits, which can be told to die at a named point. */
  'worker-test': 'dist/worker-test/main.js',
  bff: 'dist/bff/main.js',
};
type ProgramName = keyof typeof scripts;

/** What a world stands on. */
export interface Ground {
  readonly org: SimulatedOrg;
  readonly database: World['database'];
  readonly redisUrl: string;
  readonly redis: TestRedis['redis'];
  /** Its database has the current schema. */
  readonly migrated?: boolean;
}

/** Runs `body` in a world of its own and clears it away, whatever happens. */
export async function withWorld(
  body: (world: World) => Promise<void>,
  simulatorArgs: readonly string[] = [],
): Promise<void> {
  const redis = await openTestRedis();
  const org = await startSimulator(simulatorArgs);
  try {
    await withMigratedDatabase(migrateAlone, (database) =>
      inhabit({ org, database, redisUrl: redis.url, redis: redis.redis, migrated: true }, body),
    );
  } finally {
    await org.close();
    await redis.close();
  }
}

/** Once for all worlds of a run: each has a copy of the result. */
async function migrateAlone({ databaseUrl }: { databaseUrl: string }): Promise<void> {
  const child = new Child('ops', [scripts.ops, 'migrate'], { DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn' });
  const code = await child.exited();
  await succeed(Promise.resolve({ code, output: child.output }));
}

/**
 * Brings the database to the current schema and runs `body`; what it starts is stopped, whatever happens.
 * @param more environment of every program
 */
export async function inhabit(
  ground: Ground,
  body: (world: World) => Promise<void>,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { database, org, redis, redisUrl } = ground;
  const folder = mkdtempSync(join(tmpdir(), 'umbra-e2e-'));
  const children: Child[] = [];
  const env = {
    ...org.env,
    DATABASE_URL: database.url,
    REDIS_URL: redisUrl,
    AUTH_KEYS_FILE: join(folder, 'keys'),
    LOG_LEVEL: 'warn',
    ...more,
  };
  const start = (name: ProgramName, args: readonly string[], more: Record<string, string>): Child => {
    const child = new Child(name, [scripts[name], ...args], { ...env, ...more });
    children.push(child);
    return child;
  };
  const finish = async (
    name: ProgramName,
    args: readonly string[],
    more: Record<string, string>,
  ): Promise<Finished> => {
    const child = start(name, args, more);
    const code = await child.exited();
    return { code, output: child.output };
  };
  const serve = async (
    name: 'worker' | 'worker-test' | 'bff',
    more: Record<string, string>,
  ): Promise<App> => {
    const port = await freePort();
    const variable = name === 'bff' ? 'BFF_PORT' : 'WORKER_PORT';
    return untilReady(start(name, [], { [variable]: String(port), ...more }), port);
  };
  const quick = { UMBRA_TEST_PROFILE: 'short' };
  try {
    if (ground.migrated !== true) await succeed(finish('ops', ['migrate'], {}));
    const key = ['key', 'add', '--label', 'e2e', '--scope', 'read', '--scope', 'operator', '--json'];
    const added = await succeed(finish('ops', key, {}));
    await body({
      org,
      database,
      redisUrl,
      redis,
      env,
      children,
      key: (JSON.parse(added) as { key: string }).key,
      ops: (args, more = {}) => finish('ops', args, more),
      backfill: (args = [], more = {}) => finish('backfill', args, more),
      startBackfill: (args = [], more = {}) => start('backfill', args, more),
      run: (name, more) => finish(name, [], more),
      startWorker: (more = {}) => serve('worker', more),
      startQuickWorker: (more = {}) => serve('worker-test', { ...quick, ...more }),
      launchQuickWorker: (more = {}) => start('worker-test', [], { ...quick, ...more }),
      startBff: (more = {}) => serve('bff', more),
    });
  } finally {
    await Promise.all(children.map((child) => child.end()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Error at once when the program ends instead */
async function untilReady(child: Child, port: number): Promise<App> {
  const url = `http://127.0.0.1:${port}`;
  await eventually(`${child.name} is ready`, 90_000, async () => {
    if (!child.running) return;
    const answer = await fetch(`${url}/health/ready`);
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  });
  if (!child.running) throw new Error(`${child.name} ended instead of getting ready:\n${child.output}`);
  return { child, url };
}

async function succeed(command: Promise<Finished>): Promise<string> {
  const { code, output } = await command;
  if (code !== 0) throw new Error(`ended with ${code}:\n${output}`);
  return output;
}
