import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { freePort, Program, untilHealthy } from './program.ts';
import { parentOf } from './process-usage.ts';

export type Scale = 'demo' | '100k' | '1m';

/** Connection facts of the services that the benchmark may use. */
export interface Services {
  readonly databaseUrl: string;
  readonly adminDatabaseUrl: string;
  readonly redisUrl: string;
}

export interface StageOptions {
  readonly services: Services;
  readonly scale: Scale;
  readonly seed: number;
  /** PATH for the commands under test. */
  readonly path: string;
  /** Where logs and profiles go. */
  readonly out: string;
  /** Whether the programs under test write a processor profile to `<out>/profiles` when they end. */
  readonly profile?: boolean;
}

/** A simulated org as a process of its own. */
export interface SimulatedOrg {
  readonly pid: number;
  readonly url: string;
  /** Calls its control API. @throws Error for every answer but a good one */
  control<T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>;
  /** NDJSON of the control API, line by line. */
  lines<T>(path: string): Promise<T[]>;
}

/** Everything that the contenders share: a simulated org, a migrated database and a Redis of its own. */
export interface Stage {
  readonly simulator: SimulatedOrg;
  /** Undefined when PostgreSQL runs elsewhere. */
  readonly postmaster: number | undefined;
  readonly redisPid: number | undefined;
  readonly client: pg.Client;
  readonly redis: Redis;
  readonly databaseUrl: string;
  /** Environment of the programs under test. */
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Node with a script, and with the profiler when the benchmark is to profile. */
  program(name: string, args: readonly string[], env?: Readonly<Record<string, string>>): Program;
  /** A worker that is ready. @throws Error when it is not within a minute */
  startWorker(name?: string): Promise<Program>;
  close(): Promise<void>;
}

const clientId = 'bench';

async function startSimulator(
  options: StageOptions,
  secret: string,
  folder: string,
): Promise<{ program: Program; org: SimulatedOrg; pubsubEndpoint: string }> {
  const ports = ['--port', '0', '--control-port', '0', '--pubsub-port', '0'];
  const facts = ['--scale', options.scale, '--seed', String(options.seed), '--data-dir', folder];
  const program = new Program({
    name: 'simulator',
    args: ['dist/simulator/main.js', ...ports, ...facts, '--client-id', clientId, '--client-secret', secret],
    env: { PATH: options.path },
    folder: options.out,
  });
  const [line] = await program.printed(/^\{.*"simulator ready".*\}$/m);
  const ready = JSON.parse(line) as Record<'url' | 'controlUrl' | 'pubsubEndpoint', string>;
  const ask = async (method: string, path: string, body?: unknown): Promise<string> => {
    const json = { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const answer = await fetch(`${ready.controlUrl}${path}`, {
      method,
      ...(body === undefined ? {} : json),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text;
  };
  const org: SimulatedOrg = {
    pid: program.pid,
    url: ready.url,
    async control<T>(method: string, path: string, body?: unknown) {
      const text = await ask(method, path, body);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
    async lines<T>(path: string) {
      const lines = (await ask('GET', path)).split('\n').filter((each) => each !== '');
      return lines.map((each) => JSON.parse(each) as T);
    },
  };
  return { program, org, pubsubEndpoint: ready.pubsubEndpoint };
}

/** Opens a database of its own, an org and a Redis that is emptied before and after. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { services, path, out } = options;
  const folder = mkdtempSync(join(tmpdir(), 'umbra-bench-'));
  const database = `bench_${randomBytes(4).toString('hex')}`;
  const admin = new pg.Client({ connectionString: services.databaseUrl });
  await admin.connect();
  const name = admin.escapeIdentifier(database);
  // Without `force`, which an autovacuum worker of the administrator's would refuse: a plain drop sends it away.
  const statements = { create: `create database ${name}`, drop: `drop database ${name}` };
  await admin.query(statements.create);
  const url = new URL(services.databaseUrl);
  url.pathname = `/${database}`;
  const secret = randomBytes(16).toString('hex');
  const simulator = await startSimulator(options, secret, folder);
  const redis = new Redis(services.redisUrl);
  await redis.flushdb();
  const env = {
    PATH: path,
    DATABASE_URL: url.href,
    REDIS_URL: services.redisUrl,
    SF_LOGIN_URL: simulator.org.url,
    SF_CLIENT_ID: clientId,
    SF_CLIENT_SECRET: secret,
    SF_PUBSUB_ENDPOINT: simulator.pubsubEndpoint,
    SF_PUBSUB_INSECURE: 'true',
    AUTH_KEYS_FILE: join(folder, 'keys'),
  };
  const programs: Program[] = [];
  const program: Stage['program'] = (called, args, more = {}) => {
    const profile = options.profile === true ? { profiles: join(out, 'profiles') } : {};
    const started = new Program({ name: called, args, env: { ...env, ...more }, folder: out, ...profile });
    programs.push(started);
    return started;
  };
  await program('migrate', ['dist/ops/main.js', 'migrate']).succeeded();
  const key = ['key', 'add', '--label', 'bench', '--scope', 'read'];
  await program('key', ['dist/ops/main.js', ...key]).succeeded();
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const redisPid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
  return {
    simulator: simulator.org,
    postmaster: parentOf(rows[0]?.pid ?? 0),
    redisPid: Number.isInteger(redisPid) ? redisPid : undefined,
    client,
    redis,
    databaseUrl: url.href,
    env,
    folder,
    program,
    async startWorker(called = 'worker') {
      const port = await freePort();
      const worker = program(called, ['dist/worker/main.js'], { WORKER_PORT: String(port) });
      await untilHealthy(worker, `http://127.0.0.1:${port}/health/ready`);
      return worker;
    },
    async close() {
      await Promise.all(programs.map((each) => each.stop()));
      await simulator.program.stop();
      await client.end();
      await admin.query(statements.drop);
      await admin.end();
      await redis.flushdb();
      await redis.quit();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
