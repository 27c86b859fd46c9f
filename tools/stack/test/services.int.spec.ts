import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Socket } from 'node:net';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { isAlive, stopProcess } from '../src/pids.ts';
import { anyFreePort, loopback } from '../src/ports.ts';
import { pingPostgres, startPostgres } from '../src/postgres-server.ts';
import { pingRedis } from '../src/redis-server.ts';
import { stackPaths } from '../src/paths.ts';
import { startThrowawayServices, type ServicePair } from '../src/services.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
let pair: ServicePair;

// The folder is closed to others, like a checkout below /root: PostgreSQL, which never runs as root, has to cope.
beforeAll(async () => {
  const { redisInstall } = stackPaths();
  pair = await startThrowawayServices({
    folder: folder.path,
    redisInstall,
    purpose: 'tests',
    say: () => undefined,
  });
});
afterAll(async () => {
  await pair.stop();
  folder[Symbol.dispose]();
});

async function rows<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

function changed(url: string, change: (url: URL) => void): string {
  const copy = new URL(url);
  change(copy);
  return copy.href;
}

/** Local addresses of listening TCP sockets on the port, as the kernel writes them: proc(5), net/tcp. */
function listeningAddresses(port: string): string[] {
  const wanted = `:${Number(port).toString(16).toUpperCase().padStart(4, '0')}`;
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local?.endsWith(wanted) === true && state === '0A')
      .map(([, local]) => local?.split(':')[0] ?? ''),
  );
}

describe('the embedded pair', () => {
  it('answers', async () => {
    await pingPostgres(pair.urls.databaseUrl);
    await pingRedis(pair.urls.redisUrl);
    expect(
      await rows(
        pair.urls.databaseUrl,
        'SELECT current_setting($$server_version_num$$)::int / 10000 AS major',
      ),
    ).toEqual([{ major: 18 }]);
  });

  it('sec-06 gives the apps a role that is no superuser and cannot create roles', async () => {
    const [role] = await rows(
      pair.urls.databaseUrl,
      'SELECT rolsuper, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = current_user',
    );
    expect(role).toEqual({
      rolsuper: false,
      rolcreaterole: false,
      rolreplication: false,
      rolbypassrls: false,
    });
    await expect(rows(pair.urls.databaseUrl, 'CREATE ROLE intruder')).rejects.toThrow(/permission denied/);
  });

  it('sec-06 refuses everybody without the password', async () => {
    for (const wrong of ['', 'guess']) {
      const postgres = changed(pair.urls.databaseUrl, (url) => (url.password = wrong));
      await expect(pingPostgres(postgres)).rejects.toThrow(/password/);
      const redis = changed(pair.urls.redisUrl, (url) => (url.password = wrong));
      await expect(pingRedis(redis)).rejects.toThrow(/NOAUTH|WRONGPASS/);
    }
  });

  it('sec-06 listens on loopback only', () => {
    for (const url of [pair.urls.databaseUrl, pair.urls.redisUrl]) {
      // 127.0.0.1 in the kernel's byte order.
      expect(listeningAddresses(new URL(url).port)).toEqual(['0100007F']);
    }
  });

  it('sec-37 shows no password in process arguments and keeps it in private files', () => {
    const passwords = Object.values<string>({ ...pair.urls }).map((url) => new URL(url).password);
    for (const { identity } of pair.children) {
      const commandLine = readFileSync(`/proc/${identity.pid}/cmdline`, 'utf8');
      for (const password of passwords) expect(commandLine).not.toContain(password);
    }
    expect(statSync(join(folder.path, 'redis/redis.conf')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder.path, 'postgres')).mode & 0o777).toBe(0o700);
  });

  it('never drops a job to make room for something else', async () => {
    const configuration = readFileSync(join(folder.path, 'redis/redis.conf'), 'utf8');
    expect(configuration).toMatch(/^maxmemory-policy noeviction$/m);
  });

  it('sorts by code point, on every machine alike', async () => {
    const sorted = await rows<{ word: string }>(
      pair.urls.databaseUrl,
      `SELECT word FROM unnest(ARRAY['b', 'a', 'B', 'ä']) AS word ORDER BY word`,
    );
    expect(sorted.map(({ word }) => word)).toEqual(['B', 'a', 'b', 'ä']);
  });
});

describe('starting and stopping', () => {
  const settings = { adminPassword: 'one', appPassword: 'two', purpose: 'tests' } as const;

  it('keeps the data over a restart, refuses another password, and ends with the request', async () => {
    using place = temporaryFolder();
    const options = { ...settings, folder: place.path, logFile: join(place.path, 'postgres.log') };
    const url = (port: number) => `postgresql://umbra:two@${loopback}:${port}/umbra`;

    const port = await anyFreePort();
    const first = await startPostgres({ ...options, port });
    await rows(url(port), 'CREATE TABLE kept AS SELECT 1 AS n');
    expect(await stopProcess(first.identity, { signal: 'SIGINT' })).toBe('stopped');
    expect(isAlive(first.identity)).toBe(false);

    await expect(startPostgres({ ...options, port, adminPassword: 'other' })).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringContaining('password authentication failed'),
    });

    const second = await startPostgres({ ...options, port });
    expect(await rows(url(port), 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
    await stopProcess(second.identity, { signal: 'SIGINT' });
  });

  it('says with the words of the server why it did not start, and leaves no process', async () => {
    using place = temporaryFolder();
    // Takes the connection and says nothing, so that only the end of our own server can be noticed.
    const silent: Socket[] = [];
    const blocker = createServer((socket) => silent.push(socket));
    await new Promise<void>((listening) => blocker.listen(0, loopback, listening));
    const address = blocker.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const born: number[] = [];
    await expect(
      startPostgres({
        ...settings,
        folder: place.path,
        logFile: join(place.path, 'postgres.log'),
        port,
        born: ({ pid }) => born.push(pid),
      }),
    ).rejects.toMatchObject({ exitCode: 69, message: expect.stringMatching(/Address already in use/) });
    expect(born).toHaveLength(1);
    expect(() => process.kill(born[0] ?? 0, 0)).toThrow('ESRCH');
    for (const socket of silent) socket.destroy();
    await new Promise((closed) => blocker.close(closed));
  });
});
