import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Files that belong to the repository or are about to: tracked, or new and not ignored. */
export function trackedFiles(...below: readonly string[]): string[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z', ...below],
    {
      encoding: 'utf8',
      maxBuffer: 16 * 1024 * 1024,
    },
  );
  return [...new Set(listed.split('\0'))].filter((file) => file !== '' && existsSync(file)).sort();
}
