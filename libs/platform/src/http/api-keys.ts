import { hash, randomBytes } from 'node:crypto';

/**
 * API keys as a file of their hashes: `<SHA-256 hex> <scope>[,<scope>] <label>`, one per line. A key is 256 random
 * bits, so a plain hash cannot be turned back by guessing, and whoever reads the file can call nothing with it.
 */

export const scopes = ['read', 'operator'] as const;
export type Scope = (typeof scopes)[number];

export interface ApiKey {
  readonly hash: string;
  readonly scopes: readonly Scope[];
  /** For people: who uses the key. Unique in its file. */
  readonly label: string;
}

const PREFIX = 'umbra_';
const LINE = /^([0-9a-f]{64}) ([a-z]+(?:,[a-z]+)*) ([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/;

export const labelPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function isScope(text: string): text is Scope {
  return (scopes as readonly string[]).includes(text);
}

/** A new key. It exists in clear only in this return value. */
export function generateApiKey(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

export function hashApiKey(key: string): string {
  return hash('sha256', key, 'hex');
}

/** @returns the keys, and a problem for each line that is none */
export function parseApiKeys(text: string): {
  readonly keys: readonly ApiKey[];
  readonly problems: readonly string[];
} {
  const keys: ApiKey[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, hash, scopeList, label] = LINE.exec(line.trimEnd()) ?? [];
    const named = scopeList?.split(',') ?? [];
    if (hash === undefined || label === undefined)
      problems.push(`line ${index + 1} is not "<SHA-256> <scopes> <label>"`);
    else if (!named.every(isScope)) problems.push(`line ${index + 1} names an unknown scope`);
    else keys.push({ hash, scopes: named, label });
  }
  return { keys, problems };
}

export function formatApiKey({ hash, scopes: named, label }: ApiKey): string {
  return `${hash} ${named.join(',')} ${label}`;
}
