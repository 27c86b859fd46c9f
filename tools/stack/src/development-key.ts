import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { given } from './environment.ts';
import { writePrivateFile } from './private-file.ts';
import { runOps } from './run-ops.ts';
import type { StackContext } from './stack-context.ts';

/**
 * A key for trying things out, the same at every start. Only its hash is in the keys file, so the key itself is kept
 * beside the local data. Somebody who brings a keys file or turns keys off gets none.
 * @returns the key, or why there is none
 */
export async function developmentKey(context: StackContext): Promise<string> {
  if (given(context.environment, 'AUTH_KEYS_FILE') !== undefined) return 'yours (AUTH_KEYS_FILE)';
  if (given(context.environment, 'AUTH_MODE') === 'none') return 'none needed (AUTH_MODE=none)';
  const scopes = ['--scope', 'read', '--scope', 'operator'];
  const words = ['key', 'add', '--label', 'development', ...scopes, '--if-missing'];
  const { key } = (await runOps(context, words)) as { key?: string };
  const file = join(context.paths.data, 'development-key');
  if (key !== undefined) {
    writePrivateFile(file, key);
    return key;
  }
  if (existsSync(file)) return readFileSync(file, 'utf8');
  return `unknown: delete the line "development" from ${context.paths.keysFile} and run ./umbra up for a new one`;
}
