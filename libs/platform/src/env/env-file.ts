import { readFileSync } from 'node:fs';
import { systemErrorCode } from '../error-like.ts';

/**
 * Lines `KEY=value` as `./umbra up` writes them: no quoting, no expansion; `#` begins a comment line.
 * @returns the values, and a problem for each line that is none of these
 */
export function parseEnvFile(text: string): {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
} {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
    if (match?.[1] === undefined) problems.push(`line ${index + 1} is not KEY=value`);
    else values[match[1]] = match[2] ?? '';
  }
  return { values, problems };
}

/** The file's values; none when there is no file. A file that is there and cannot be read is a problem. */
export function readEnvFile(path: string): ReturnType<typeof parseEnvFile> {
  try {
    const { values, problems } = parseEnvFile(readFileSync(path, 'utf8'));
    return { values, problems: problems.map((problem) => `${path}: ${problem}`) };
  } catch (cause) {
    const code = systemErrorCode(cause);
    return { values: {}, problems: code === 'ENOENT' ? [] : [`${path} cannot be read (${code})`] };
  }
}
