import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { parentOf } from '../harness/process-usage.ts';

export type Scale = 'demo' | '100k' | '1m';

/** Connection facts of the services that the benchmark may use. */
export interface Services {
  readonly databaseUrl: string;
  readonly adminDatabaseUrl: string;
  readonly redisUrl: string;
}

/** Everything that the contenders share: a simulated org, a migrated database of its own, one connection. */
export interface Stage {
  readonly simulator: { readonly pid: number; readonly url: string; readonly controlUrl: string };
  readonly postmaster: number | undefined;
  readonly client: pg.Client;
  /** Environment of the commands under test. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const clientId = 'bench';

async function startSimulator(
  scale: Scale,
  seed: number,
  secret: string,
): Promise<{ child: ChildProcess; url: string; controlUrl: string }> {
  const child = spawn(
    process.execPath,
    [
      'dist/simulator/main.js',
      '--port',
      '0',
      '--control-port',
      '0',
      '--pubsub-port',
      '0',
      '--scale',
      scale,
      '--seed',
      String(seed),
      '--client-id',
      clientId,
      '--client-secret',
      secret,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue;
    const fact = JSON.parse(line) as { msg?: string; url?: string; controlUrl?: string };
    if (fact.msg === 'simulator ready' && fact.url && fact.controlUrl) {
      child.stdout.resume();
      return { child, url: fact.url, controlUrl: fact.controlUrl };
    }
  }
  throw new Error('The simulator ended before it was ready.');
}

/** Runs a command to its end, its errors passed through. @throws Error when it exits with another code than 0 */
export async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onStart?: (pid: number) => void,
): Promise<string> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.pid !== undefined) onStart?.(child.pid);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${output}`);
  return output;
}

export async function openStage(
  services: Services,
  scale: Scale,
  seed: number,
  path: string,
): Promise<Stage> {
  const database = `bench_${randomBytes(4).toString('hex')}`;
  const admin = new pg.Client({ connectionString: services.databaseUrl });
  await admin.connect();
  const name = admin.escapeIdentifier(database);
  const statements = { create: `create database ${name}`, drop: `drop database ${name}` };
  await admin.query(statements.create);
  const url = new URL(services.databaseUrl);
  url.pathname = `/${database}`;
  const secret = randomBytes(16).toString('hex');
  const simulator = await startSimulator(scale, seed, secret);
  const env = {
    PATH: path,
    DATABASE_URL: url.href,
    REDIS_URL: services.redisUrl,
    SF_LOGIN_URL: simulator.url,
    SF_CLIENT_ID: clientId,
    SF_CLIENT_SECRET: secret,
    LOG_LEVEL: 'error',
  };
  await run(['dist/ops/main.js', 'migrate'], env);
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return {
    simulator: { pid: simulator.child.pid ?? 0, url: simulator.url, controlUrl: simulator.controlUrl },
    postmaster: parentOf(rows[0]?.pid ?? 0),
    client,
    env,
    async close() {
      await client.end();
      await admin.query(statements.drop);
      await admin.end();
      simulator.child.kill('SIGTERM');
      if (simulator.child.exitCode === null) await once(simulator.child, 'exit');
    },
  };
}
