import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { setPassword } from '../database/statements.ts';
import { endedWithUs } from '../process/ended-with-us.ts';
import { freePort } from '../process/free-port.ts';
import { testServices } from '../services.ts';

/** How a PostgreSQL goes down: at once but in order, without a last checkpoint, or like a power cut of the process. */
export type Stop = 'fast' | 'immediate' | 'kill';

const signals = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const;

/** A PostgreSQL server that one test may kill and put back to an earlier moment. What it acknowledges outlives a kill. */
export interface OwnPostgres {
  /** Of the role `umbra`, owner of the database `umbra`. */
  readonly url: string;
  readonly adminUrl: string;
  readonly port: number;
  /** Rows of a statement, on a connection that is made anew after each stop. */
  readonly rows: <Row extends object = Record<string, unknown>>(
    text: string,
    values?: unknown[],
  ) => Promise<Row[]>;
  /** Resolves when every process of it is gone. */
  stop(how: Stop): Promise<void>;
  /** On the same port, with what it had stored. */
  start(): Promise<void>;
  /** The cluster as of one instant, as a standby that is about to fall behind would have it. */
  keepCopy(): Promise<void>;
  /** Begins again from that copy: everything committed since is lost, as after a failover. */
  startFromCopy(): Promise<void>;
  close(): Promise<void>;
}

/** @param settings of `postgresql.conf` */
export async function startOwnPostgres(
  settings: Readonly<Record<string, string>> = {},
): Promise<OwnPostgres> {
  const cluster = await createCluster();
  const server = new Server(cluster, { ...defaults, ...settings });
  await server.start();
  await withClient(cluster.adminUrl, async (client) => {
    await client.query('CREATE ROLE umbra LOGIN CREATEDB');
    await client.query(setPassword('umbra', cluster.password));
    await client.query('CREATE DATABASE umbra OWNER umbra');
  });
  const { url, adminUrl, port } = cluster;
  const pool = new pg.Pool({ connectionString: url, max: 3, application_name: 'umbra-testing' });
  pool.on('error', () => undefined);
  return {
    url,
    adminUrl,
    port,
    rows: async <Row extends object>(text: string, values?: unknown[]) =>
      (await pool.query(text, values)).rows as Row[],
    stop: (how) => server.stop(how),
    start: () => server.start(),
    keepCopy: () => server.keepCopy(),
    startFromCopy: () => server.startFromCopy(),
    close: async () => {
      await pool.end();
      await server.close();
    },
  };
}

/** A killed process leaves what it has handed to the kernel, so the disk itself need not be waited for. */
const defaults = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'on',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  wal_level: 'minimal',
  max_wal_senders: '0',
  timezone: 'UTC',
};

interface Cluster {
  readonly folder: string;
  readonly data: string;
  readonly port: number;
  readonly password: string;
  readonly url: string;
  readonly adminUrl: string;
}

async function createCluster(): Promise<Cluster> {
  const { account, folder: runs, initdb } = programs();
  const name = `own-postgres-${randomBytes(4).toString('hex')}`;
  const folder = join(runs, name);
  const data = join(folder, 'cluster');
  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(folder, 'password');
  mkdirSync(data, { recursive: true, mode: 0o755 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account !== null)
    for (const path of [folder, data, passwordFile]) chownSync(path, account.uid, account.gid);
  const { command, args, ...ids } = initdb;
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const login = ['--username=umbra_admin', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  await promisify(execFile)(command, [...args, '-D', data, ...locale, ...login, '--no-sync'], {
    ...idsOf(ids),
    cwd: folder,
    env: environment,
  });
  rmSync(passwordFile);
  const port = await freePort();
  const url = (role: string, database: string): string =>
    `postgresql://${role}:${password}@127.0.0.1:${port}/${database}`;
  return {
    folder,
    data,
    port,
    password,
    url: url('umbra', 'umbra'),
    adminUrl: url('umbra_admin', 'postgres'),
  };
}

class Server {
  readonly #cluster: Cluster;
  readonly #settings: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #log = '';

  constructor(cluster: Cluster, settings: Readonly<Record<string, string>>) {
    this.#cluster = cluster;
    this.#settings = settings;
  }

  async start(): Promise<void> {
    const { data, folder, port } = this.#cluster;
    const { command, args, ...ids } = programs().postgres;
    const flags = Object.entries(this.#settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(command, [...args, '-D', data, '-p', String(port), ...flags], {
      ...idsOf(ids),
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    // At once, and its children with it.
    endedWithUs(child, 'SIGQUIT');
    this.#log = '';
    child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.#log = (this.#log + text).slice(-8_000)));
    // The guardian of the run stops what such a file names, should we be killed.
    writeFileSync(`${folder}.pid`, `${child.pid}\n`);
    while (!(await this.#answers())) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`PostgreSQL ended instead of answering:\n${this.#log}`);
      await pause(20);
    }
  }

  async #answers(): Promise<boolean> {
    try {
      await withClient(this.#cluster.adminUrl, (client) => client.query('SELECT 1'));
      return true;
    } catch (error) {
      if ((error as { code?: string }).code?.startsWith('28') === true) throw error;
      return false;
    }
  }

  async stop(how: Stop): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    // Its children are sessions of their own: left alone they would finish what they are at.
    const all = how === 'kill' ? frozen(child.pid) : family(child.pid);
    for (const pid of how === 'kill' ? all : [child.pid]) signal(pid, signals[how]);
    await gone;
    while (all.some(isAlive)) await pause(5);
  }

  async keepCopy(): Promise<void> {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('no PostgreSQL is running');
    const copy = this.#copy();
    rmSync(copy, { recursive: true, force: true });
    // Nothing moves while it is copied, so the copy is what a kill at this instant would have left.
    const all = frozen(pid);
    try {
      cpSync(this.#cluster.data, copy, { recursive: true, preserveTimestamps: true });
    } finally {
      for (const each of all) signal(each, 'SIGCONT');
    }
  }

  async startFromCopy(): Promise<void> {
    await this.stop('kill');
    const { data, folder } = this.#cluster;
    rmSync(data, { recursive: true, force: true });
    const { account } = programs();
    await promisify(execFile)('mv', [this.#copy(), data]);
    rmSync(join(data, 'postmaster.pid'), { force: true });
    await promisify(execFile)('chmod', ['0700', data]);
    if (account !== null)
      await promisify(execFile)('chown', ['-R', `${account.uid}:${account.gid}`, data], { cwd: folder });
    await this.start();
  }

  async close(): Promise<void> {
    await this.stop('immediate');
    rmSync(`${this.#cluster.folder}.pid`, { force: true });
    rmSync(this.#cluster.folder, { recursive: true, force: true });
  }

  #copy(): string {
    return join(this.#cluster.folder, 'copy');
  }
}

const environment = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };

function programs(): NonNullable<ReturnType<typeof testServices>['postgresServer']> {
  const { postgresServer } = testServices();
  if (postgresServer === undefined)
    throw new Error('the services of this run do not name their PostgreSQL programs');
  return postgresServer;
}

function idsOf(ids: { uid?: number | undefined; gid?: number | undefined }): { uid?: number; gid?: number } {
  return ids.uid === undefined || ids.gid === undefined ? {} : { uid: ids.uid, gid: ids.gid };
}

/** A process with its children: PostgreSQL has no grandchildren. */
function family(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  const children = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  return [pid, ...children.split(' ').filter(Boolean).map(Number)];
}

/** The same, standing still; the parent first, so that it has no more of them. */
function frozen(pid: number): number[] {
  signal(pid, 'SIGSTOP');
  const all = family(pid);
  for (const each of all) signal(each, 'SIGSTOP');
  return all;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie waits for its parent and holds nothing any more.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
