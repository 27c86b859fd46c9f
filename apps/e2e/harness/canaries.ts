import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { World } from './world.ts';

/** Values that occur nowhere else, planted in records: wherever one is found, a record's value has leaked. */
export const canaries = {
  name: 'Kanarienvogel-Name',
  sku: 'KANARIENVOGEL-SKU',
  text: 'Kanarienvogel-Beschreibung',
  account: 'Kanarienvogel-Konto',
  eligibility: 'Kanarienvogel-Anschluss',
  source: 'Kanarienvogel-Quelle',
  price: 73_194.77,
} as const;

/** What a leaked canary looks like, whatever the encoding of its surroundings. */
export const canaryPattern = /kanarienvogel|73194\.77|73,194\.77|2FuYXJpZW52b2dlb/i;

/** Every key of Redis with its whole value, but those of the cache, whose purpose is to hold answers. */
export async function redisWithoutCache({ redis }: World): Promise<Map<string, string>> {
  const keys = (await redis.keys('*')).filter((key) => !/^(catalog|eligibility|cache):/.test(key));
  const found = new Map<string, string>();
  for (const key of keys) found.set(key, JSON.stringify(await valueOf(redis, key)));
  return found;
}

async function valueOf(redis: World['redis'], key: string): Promise<unknown> {
  const type = await redis.type(key);
  switch (type) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, '0', '-1', 'WITHSCORES');
    case 'stream':
      return redis.xrange(key, '-', '+');
    case 'none':
      return null;
    default:
      throw new Error(`${key} is of the type ${type}, which this scan cannot read`);
  }
}

/** The command line of a running process, as everybody on the host may read it. */
export function argumentsOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}

/** Processes that a process has started. */
export function childrenOf(pid: number): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
}

/** Tracked files, and files of the bundles, that contain one of these texts. */
export function filesWith(secrets: readonly string[]): string[] {
  const patterns = secrets.flatMap((secret) => ['-e', secret]);
  const search = (command: string, args: readonly string[]): string[] => {
    try {
      return execFileSync(command, [...args], { encoding: 'utf8' })
        .split('\n')
        .filter(Boolean);
    } catch (error) {
      // Both searches end with 1 when nothing is found.
      if ((error as { status?: number }).status === 1) return [];
      throw error;
    }
  };
  return [
    ...search('git', ['grep', '--cached', '-l', '-F', ...patterns]),
    ...search('grep', ['-r', '-l', '-F', '--exclude-dir=node_modules', ...patterns, 'dist']),
  ];
}
