import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { unpackPackages } from './apt-packages.ts';
import { exitCode, StackFailure } from './failure.ts';

const run = promisify(execFile);

/** A Redis (or Valkey) program that can be started. */
export interface RedisProgram {
  readonly command: string;
  /** Where its unpacked shared libraries lie; absent when the system provides them. */
  readonly libraryPath?: string;
  readonly version: string;
}

export interface RedisSourceOptions {
  /** Where an unpacked Redis lives, complete or not at all. */
  readonly install: string;
  /** The search path; the environment's own unless a test hides programs. */
  readonly path: string;
  readonly say: (line: string) => void;
}

/**
 * Finds Redis: on PATH, else unpacked earlier, else unpacked now from the distribution's own packages.
 *
 * Packages are unpacked below `.umbra` even for root. `apt-get install` would leave a second Redis on the
 * machine, started by the system and outliving `./umbra down`.
 * @throws StackFailure 69 naming REDIS_URL when there is no way to get one, or when it is too old
 */
export async function findRedis(options: RedisSourceOptions): Promise<RedisProgram> {
  for (const name of ['redis-server', 'valkey-server']) {
    const command = onPath(name, options.path);
    if (command !== undefined) return checked(command);
  }
  const unpacked = await fromInstall(options.install);
  if (unpacked !== undefined) return unpacked;
  if (onPath('apt-get', options.path) !== undefined && onPath('dpkg', options.path) !== undefined) {
    return installAside(options);
  }
  const brew = onPath('brew', options.path);
  if (brew !== undefined) return installWithBrew(brew, options);
  throw noRedis('it is not on PATH, and neither apt nor brew is there to get it');
}

/** @throws StackFailure 69 when the text is no version or one below the floor */
export function acceptedVersion(output: string): string {
  const [, product, version] = /^(Redis|Valkey) server v=(\S+)/i.exec(output) ?? [];
  const major = Number(version?.split('.')[0]);
  if (product === undefined || version === undefined || !Number.isInteger(major)) {
    throw noRedis(`its version cannot be read from ${JSON.stringify(output.slice(0, 80))}`);
  }
  // Every Valkey came after Redis 7.2. Job queue scripts need commands that Redis 6 lacks.
  if (major < 7) throw noRedis(`${product} ${version} is too old, 7 or newer is needed`);
  return version;
}

function noRedis(reason: string, cause?: unknown): StackFailure {
  return new StackFailure(
    `No usable Redis: ${reason}. Install Redis 7 or newer (or Valkey), ` +
      'or set REDIS_URL to one whose maxmemory-policy is noeviction.',
    exitCode.unavailable,
    cause,
  );
}

async function checked(command: string, libraryPath?: string): Promise<RedisProgram> {
  const env = libraryPath === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: libraryPath };
  const { stdout } = await run(command, ['--version'], { env }).catch((error: unknown) => {
    throw noRedis(`${command} does not run`, error);
  });
  const version = acceptedVersion(stdout);
  return libraryPath === undefined ? { command, version } : { command, libraryPath, version };
}

async function fromInstall(install: string): Promise<RedisProgram | undefined> {
  const command = join(install, 'usr/bin/redis-server');
  if (!existsSync(command)) return undefined;
  return checked(command, libraryFolders(install));
}

function libraryFolders(install: string): string {
  const folders = ['usr/lib', 'lib'].flatMap((base) => {
    const folder = join(install, base);
    if (!existsSync(folder)) return [];
    return [folder, ...readdirSync(folder).map((triplet) => join(folder, triplet))];
  });
  return folders.join(delimiter);
}

/** Fills a folder beside the final one and renames it: an interrupted or refused install leaves nothing. */
async function installAside(options: RedisSourceOptions): Promise<RedisProgram> {
  options.say('Redis is not on PATH: unpacking it from the distribution’s packages');
  const draft = `${options.install}.${process.pid}.partial`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  try {
    // The program lies in the second one; the first one names it and decides about versions.
    await unpackPackages(['redis-server', 'redis-tools'], draft, options.path);
    if ((await fromInstall(draft)) === undefined) throw noRedis('the packages hold no redis-server');
    renameSync(draft, options.install);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another process may have been faster; what it left is complete.
    if (!existsSync(options.install)) {
      throw error instanceof StackFailure
        ? error
        : noRedis(`apt could not get it (${lastWords(error)})`, error);
    }
  }
  const installed = await fromInstall(options.install);
  if (installed === undefined) throw noRedis(`${options.install} holds no redis-server; delete that folder`);
  return installed;
}

async function installWithBrew(brew: string, options: RedisSourceOptions): Promise<RedisProgram> {
  options.say('Redis is not on PATH: brew install redis');
  try {
    await run(brew, ['install', 'redis']);
    const { stdout } = await run(brew, ['--prefix', 'redis']);
    return await checked(join(stdout.trim(), 'bin/redis-server'));
  } catch (error) {
    throw error instanceof StackFailure
      ? error
      : noRedis(`brew could not install it (${lastWords(error)})`, error);
  }
}

/** The last line that a failed tool printed is the one that says why. */
function lastWords(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr?.trim() || message || 'no reason given').split('\n').at(-1) ?? '';
}

function onPath(name: string, path: string): string | undefined {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      continue;
    }
  }
  return undefined;
}
