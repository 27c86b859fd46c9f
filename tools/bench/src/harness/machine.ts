import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import type pg from 'pg';

/** Facts without which a figure means nothing. */
export interface MachineFacts {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
}

export function machineFacts(): MachineFacts {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
  };
}

/** Version of the server. */
export async function databaseVersion(client: Pick<pg.Client, 'query'>): Promise<string> {
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  return rows[0]?.server_version ?? 'unknown';
}

/** Versions of packages that this one depends on, by name. */
export function packageVersion(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, versionOf(name)]));
}

/** Not every package exports its manifest, so it is looked for on the disk. */
function versionOf(name: string): string {
  const manifest = `tools/bench/node_modules/${name}/package.json`;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
