import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { endedWithUs } from '../process/ended-with-us.ts';
import { freePort } from '../process/free-port.ts';
import { testServices } from '../services.ts';

/** A Redis server that one test may misconfigure and kill. */
export interface OwnRedis {
  readonly url: string;
  readonly port: number;
  /** A connection for looking at what the code under test did; it comes back after each start. */
  readonly redis: Redis;
  /** Suspends it, or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** @param settings as on the command line: `{ 'maxmemory-policy': 'allkeys-lru' }` */
export async function startOwnRedis(settings: Readonly<Record<string, string>> = {}): Promise<OwnRedis> {
  const program = testServices().redisServer;
  if (program === undefined) throw new Error('the services of this run do not name their Redis program');
  const { command, libraryPath } = program;
  const folder = mkdtempSync(join(tmpdir(), 'umbra-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const all = { bind: '127.0.0.1', port: String(port), dir: folder, save: '', ...settings };
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    child = spawn(
      command,
      Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]),
      { stdio: 'ignore', env: libraryPath === null ? {} : { LD_LIBRARY_PATH: libraryPath } },
    );
    endedWithUs(child);
    await untilReady(url, child);
  }

  async function kill(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  await start();
  const redis = new Redis(url, { retryStrategy: () => 20 });
  redis.on('error', () => undefined);
  return {
    url,
    port,
    redis,
    signal: (name) => void child?.kill(name),
    kill,
    start,
    async close() {
      redis.disconnect();
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Connects again and again, as fast as the server refuses, until it answers or ends. */
async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const redis = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  const ended = once(child, 'exit').then(() => {
    throw new Error('the Redis server ended instead of answering');
  });
  try {
    await Promise.race([redis.ping(), ended]);
  } finally {
    ended.catch(() => undefined);
    redis.disconnect();
  }
}
