import { describe, expect, it } from '@jest/globals';
import { chmodSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { stopProcess } from '../src/pids.ts';
import { anyFreePort } from '../src/ports.ts';
import { startRedis } from '../src/redis-server.ts';
import { findRedis } from '../src/redis-source.ts';
import { temporaryFolder } from './temporary-folder.ts';

const servers = ['redis-server', 'valkey-server'];

/** Every program of this machine except a Redis. */
function pathWithoutRedis(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const known = new Set(servers);
  for (const place of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of programsIn(place)) {
      if (known.has(name)) continue;
      known.add(name);
      symlinkSync(join(place, name), join(bin, name));
    }
  }
  return bin;
}

function programsIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function program(folder: string, name: string, script: string): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

describe('a machine without Redis', () => {
  it('unpacks it from the distribution’s packages, starts it, and finds it again', async () => {
    using folder = temporaryFolder();
    const said: string[] = [];
    const options = {
      install: join(folder.path, 'redis'),
      path: pathWithoutRedis(folder.path),
      say: (line: string) => said.push(line),
    };
    const found = await findRedis(options);
    expect(found.command).toBe(join(options.install, 'usr/bin/redis-server'));
    expect(said).toEqual([expect.stringContaining('Redis is not on PATH')]);
    expect(readdirSync(folder.path).sort()).toEqual(['bin', 'redis']);

    const child = await startRedis({
      program: found,
      folder: folder.path,
      port: await anyFreePort(),
      password: 'secret',
      logFile: join(folder.path, 'redis.log'),
      purpose: 'stack',
    });
    expect(await stopProcess(child.identity)).toBe('stopped');

    expect(await findRedis({ ...options, path: '/nowhere' })).toEqual(found);
    expect(said).toHaveLength(1);
  });

  it('fetches lists of its own when the machine has none', async () => {
    using folder = temporaryFolder();
    const bin = pathWithoutRedis(folder.path);
    const apt = join(bin, 'apt-get');
    const real = realpathSync(apt);
    rmSync(apt);
    // Fails like a machine without lists, until asked to work with private ones.
    program(bin, 'apt-get', `case "$*" in *Dir::State::Lists*) exec ${real} "$@";; *) exit 100;; esac`);
    const found = await findRedis({ install: join(folder.path, 'redis'), path: bin, say: () => undefined });
    expect(found.command).toBe(join(folder.path, 'redis/usr/bin/redis-server'));
  });

  it('is told to set REDIS_URL when there is nothing to get one with', async () => {
    using folder = temporaryFolder();
    const options = { install: join(folder.path, 'redis'), path: folder.path, say: () => undefined };
    await expect(findRedis(options)).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringContaining('set REDIS_URL'),
    });
  });

  it.each([
    ['the packages cannot be had', 'echo "E: no network" >&2; exit 100', 'E: no network'],
    ['the packages hold no server', 'exit 0', 'hold no redis-server'],
  ])('keeps nothing half-installed when %s, and says so', async (_, apt, reason) => {
    using folder = temporaryFolder();
    const bin = join(folder.path, 'bin');
    program(bin, 'apt-get', apt);
    program(bin, 'dpkg', 'exit 0');
    const options = { install: join(folder.path, 'redis'), path: bin, say: () => undefined };
    await expect(findRedis(options)).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringMatching(new RegExp(`${reason}.*set REDIS_URL`)),
    });
    expect(readdirSync(folder.path)).toEqual(['bin']);
  });
});

describe('a machine with Redis', () => {
  it.each(servers)('uses the %s on PATH', async (name) => {
    using folder = temporaryFolder();
    program(folder.path, name, 'echo "Redis server v=7.4.0 sha=0"');
    const options = { install: join(folder.path, 'redis'), path: folder.path, say: () => undefined };
    expect(await findRedis(options)).toEqual({ command: join(folder.path, name), version: '7.4.0' });
  });

  it('does not accept one that is too old', async () => {
    using folder = temporaryFolder();
    program(folder.path, 'redis-server', 'echo "Redis server v=6.2.0 sha=0"');
    const options = { install: join(folder.path, 'redis'), path: folder.path, say: () => undefined };
    await expect(findRedis(options)).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringMatching(/6\.2\.0 is too old.*REDIS_URL/),
    });
  });
});
