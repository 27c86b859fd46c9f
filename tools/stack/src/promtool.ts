import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { unpackPackages } from './apt-packages.ts';
import { exitCode, StackFailure } from './failure.ts';

/**
 * Prometheus' own judge of rules: from PATH, else unpacked earlier, else unpacked now from the distribution's package.
 * @param install where it is unpacked, complete or not at all
 * @param path the search path
 * @throws StackFailure 69 when there is no way to get it
 */
export async function findPromtool(install: string, path: string): Promise<string> {
  const onPath = path
    .split(delimiter)
    .map((folder) => join(folder, 'promtool'))
    .find((file) => existsSync(file));
  if (onPath !== undefined) return onPath;
  const unpacked = join(install, 'usr/bin/promtool');
  if (existsSync(unpacked)) return unpacked;
  const draft = `${install}.${process.pid}.partial`;
  mkdirSync(draft, { recursive: true });
  try {
    await unpackPackages(['prometheus'], draft, path);
    // The server beside it is five times as large, and nothing here starts it.
    rmSync(join(draft, 'usr/bin/prometheus'), { force: true });
    renameSync(draft, install);
  } catch (cause) {
    rmSync(draft, { recursive: true, force: true });
    // Another process may have been faster; what it left is complete.
    if (!existsSync(unpacked))
      throw new StackFailure(
        'promtool is not on PATH, and apt could not get it. Install the package prometheus.',
        exitCode.unavailable,
        cause,
      );
  }
  return unpacked;
}
