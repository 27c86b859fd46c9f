import { join } from 'node:path';
import type { RunningChild } from './child.ts';
import { generatedPasswords } from './local-secrets.ts';
import { stopProcess, type ProcessIdentity } from './pids.ts';
import { anyFreePort } from './ports.ts';
import { postgresUrls, startPostgres } from './postgres-server.ts';
import { redisUrl, startRedis } from './redis-server.ts';
import { findRedis, type RedisProgram } from './redis-source.ts';
import type { ServicePurpose } from './service-purpose.ts';

/** What a program needs to reach the pair. */
export interface ServiceUrls {
  readonly databaseUrl: string;
  /** The administrator's; for tests that look at roles or create databases of other owners. */
  readonly adminDatabaseUrl: string;
  readonly redisUrl: string;
}

export interface ServicePair {
  readonly urls: ServiceUrls;
  /** The program behind `redisUrl`, for tests that need a second one with other settings. */
  readonly redisProgram: RedisProgram;
  readonly children: readonly RunningChild[];
  stop(): Promise<void>;
}

export interface ServicePairOptions {
  /** Holds the data of both. */
  readonly folder: string;
  /** Where Redis is unpacked to when it is not on PATH; shared between runs. */
  readonly redisInstall: string;
  readonly purpose: Exclude<ServicePurpose, 'stack'>;
  readonly say: (line: string) => void;
  /** Called for each server the moment its process exists. */
  readonly born?: (name: 'postgres' | 'redis', identity: ProcessIdentity) => void;
}

/**
 * Starts a PostgreSQL and a Redis that nobody else uses, on free ports, with fresh passwords and, for
 * tests, without durability: losing them with the machine costs nothing.
 */
export async function startThrowawayServices(options: ServicePairOptions): Promise<ServicePair> {
  const started: RunningChild[] = [];
  const passwords = generatedPasswords();
  const stop = async () => {
    // SIGINT asks PostgreSQL to disconnect its clients instead of waiting for them; Redis does not mind.
    await Promise.all(started.map(({ identity }) => stopProcess(identity, { signal: 'SIGINT' })));
  };
  const postgres = async () => {
    const settings = {
      folder: options.folder,
      adminPassword: passwords.admin,
      appPassword: passwords.app,
      logFile: join(options.folder, 'postgres.log'),
      purpose: options.purpose,
      born: (identity: ProcessIdentity) => options.born?.('postgres', identity),
    } as const;
    return onFreePort(async (port) => {
      started.push(await startPostgres({ ...settings, port }));
      return postgresUrls({ ...settings, port });
    });
  };
  const redis = async () => {
    const program = await findRedis({
      install: options.redisInstall,
      path: process.env['PATH'] ?? '',
      say: options.say,
    });
    const password = passwords.redis;
    const logFile = join(options.folder, 'redis.log');
    const url = await onFreePort(async (port) => {
      const { folder, purpose } = options;
      const born = (identity: ProcessIdentity) => options.born?.('redis', identity);
      started.push(await startRedis({ program, folder, port, password, logFile, purpose, born }));
      return redisUrl({ port, password });
    });
    return { url, program };
  };
  const [database, queue] = await Promise.allSettled([postgres(), redis()]);
  if (database.status === 'rejected' || queue.status === 'rejected') {
    await stop();
    throw database.status === 'rejected' ? database.reason : (queue as PromiseRejectedResult).reason;
  }
  const { url, program } = queue.value;
  return { urls: { ...database.value, redisUrl: url }, redisProgram: program, children: started, stop };
}

/** A free port may be taken between asking and listening when several runs start at once. */
async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let left = 3; ; left -= 1) {
    try {
      return await start(await anyFreePort());
    } catch (error) {
      if (left === 0 || !/address already in use/i.test(String(error))) throw error;
    }
  }
}
