import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UmbraError, type Clock } from '@umbra/domain';
import { secretFileProblem } from '../env/secret-file.ts';
import { formatApiKey, hashApiKey, parseApiKeys, type ApiKey } from './api-keys.ts';
import { systemErrorCode } from '../error-like.ts';

/** How often a running process looks whether the file changed, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/**
 * The keys of a running process. The file is looked at again at most once a second, so that a key that is added or
 * taken out counts without a restart. When a changed file cannot be used the keys known before stay in force: a
 * half-written line must not lock everybody out.
 */
export class ApiKeyFile {
  readonly #path: string;
  readonly #clock: Clock;
  #byHash: ReadonlyMap<string, ApiKey>;
  #seen: string;
  #lookedAt: number;

  /** @throws UmbraError INPUT_CONFIGURATION when the file is missing, open to others, or has an unreadable line */
  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
    this.#seen = fingerprint(path);
    this.#lookedAt = clock.monotonic();
    this.#byHash = index(readApiKeys(path));
  }

  get size(): number {
    return this.#byHash.size;
  }

  find(key: string): ApiKey | undefined {
    this.#look();
    return this.#byHash.get(hashApiKey(key));
  }

  #look(): void {
    const now = this.#clock.monotonic();
    if (now - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = now;
    const seen = fingerprint(this.#path);
    if (seen === this.#seen) return;
    this.#seen = seen;
    try {
      this.#byHash = index(readApiKeys(this.#path));
    } catch {
      // The keys known before stay in force, as promised above.
    }
  }
}

/** @throws UmbraError INPUT_CONFIGURATION when the file cannot be used; a missing file counts as such */
export function readApiKeys(path: string): readonly ApiKey[] {
  const problem = secretFileProblem(path);
  if (problem !== undefined)
    throw unusable([
      `AUTH_KEYS_FILE ${path} ${problem}. Add a key with: ./umbra ops key add --label me --scope read`,
    ]);
  const { keys, problems } = parseApiKeys(readFileSync(path, 'utf8'));
  if (problems.length > 0) throw unusable(problems.map((each) => `AUTH_KEYS_FILE ${path}: ${each}`));
  return keys;
}

/**
 * Adds a key, creating the file if need be. The new content is written aside and renamed into place, so that a
 * reader sees the old file or the new one and never half of it.
 */
export function appendApiKey(path: string, key: ApiKey): void {
  const keys = keysOrNone(path);
  const text = [...keys, key].map(formatApiKey).join('\n');
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.new`;
  try {
    writeFileSync(aside, `${text}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(aside, 0o600);
    renameSync(aside, path);
  } catch (cause) {
    rmSync(aside, { force: true });
    throw unusable([`AUTH_KEYS_FILE ${path} cannot be written (${systemErrorCode(cause)})`]);
  }
}

/** The keys of the file, or none when it does not exist. */
export function keysOrNone(path: string): readonly ApiKey[] {
  return statSync(path, { throwIfNoEntry: false }) === undefined ? [] : readApiKeys(path);
}

function index(keys: readonly ApiKey[]): ReadonlyMap<string, ApiKey> {
  return new Map(keys.map((key) => [key.hash, key]));
}

function fingerprint(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? 'missing' : `${stat.mtimeMs}:${stat.size}:${stat.ino}`;
}

function unusable(problems: readonly string[]): UmbraError {
  return new UmbraError('INPUT_CONFIGURATION', 'The API keys cannot be used', { problems });
}
