import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startChild, stoppedOnFailure, whyEnded, type ChildSpec, type RunningChild } from './child.ts';
import { loopback } from './ports.ts';
import { untilReady } from './ready.ts';
import type { RedisProgram } from './redis-source.ts';
import type { ServicePurpose } from './service-purpose.ts';

export interface RedisOptions {
  readonly program: RedisProgram;
  /** Configuration and append-only file lie in `<folder>/redis`. */
  readonly folder: string;
  readonly port: number;
  readonly password: string;
  readonly logFile: string;
  readonly purpose: ServicePurpose;
  readonly born?: ChildSpec['born'];
}

export function redisUrl(options: Pick<RedisOptions, 'port' | 'password'>): string {
  return `redis://:${options.password}@${loopback}:${options.port}`;
}

/**
 * Starts Redis on loopback and returns once it answers PING.
 * @throws StackFailure 69 with the end of the server's log
 */
export async function startRedis(options: RedisOptions): Promise<RunningChild> {
  const folder = join(options.folder, 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const configuration = join(folder, 'redis.conf');
  // In a file, not in arguments: those are readable by every user of the machine.
  writeFileSync(configuration, configurationText(options, folder), { mode: 0o600 });
  const { command, libraryPath } = options.program;
  const child = await startChild({
    name: 'redis',
    command,
    args: [configuration],
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      LC_ALL: 'C',
      ...(libraryPath === undefined ? {} : { LD_LIBRARY_PATH: libraryPath }),
    },
    logFile: options.logFile,
    ...(options.born === undefined ? {} : { born: options.born }),
  });
  await stoppedOnFailure(child, () =>
    untilReady('Redis', () => pingRedis(redisUrl(options)), {
      withinMs: 60_000,
      failed: () => whyEnded(child),
      hopeless: (error) => error instanceof Error && /^(WRONGPASS|NOAUTH)/.test(error.message),
    }),
  );
  return child;
}

/** @throws when the server does not answer, still loads its data, or refuses the password */
export async function pingRedis(url: string): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    // Its timer is not cleared by a refused connection and would keep the process from ending.
    disconnectTimeout: 50,
  });
  // The reason arrives through connect() too; without a listener ioredis prints it.
  let reason: Error | undefined;
  client.on('error', (error: Error) => (reason = error));
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    throw reason ?? error;
  } finally {
    client.disconnect();
  }
}

function configurationText(options: RedisOptions, folder: string): string {
  const durability =
    options.purpose === 'tests' ? ['appendonly no'] : ['appendonly yes', 'appendfsync everysec'];
  const databases = options.purpose === 'stack' ? [] : ['databases 256'];
  return [
    `bind ${loopback}`,
    `port ${options.port}`,
    `requirepass ${options.password}`,
    `dir ${JSON.stringify(folder)}`,
    'protected-mode yes',
    'daemonize no',
    'save ""',
    // Any other policy may drop a queued job to make room for a cache entry.
    'maxmemory-policy noeviction',
    ...durability,
    ...databases,
    '',
  ].join('\n');
}
