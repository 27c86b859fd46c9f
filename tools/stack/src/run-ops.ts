import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { exitCode, StackFailure } from './failure.ts';
import { nodeProgram, type StackContext } from './stack-context.ts';

/**
 * Runs one command of `ops` to its end.
 * @returns what it printed with `--json`
 * @throws StackFailure with the command's own exit code and words
 */
export async function runOps(
  context: Pick<StackContext, 'paths' | 'environment'>,
  words: readonly string[],
): Promise<unknown> {
  const { command, args, cwd, env } = nodeProgram(context, 'ops', 'dist/ops/main.js', [...words, '--json']);
  try {
    return JSON.parse((await promisify(execFile)(command, [...args], { cwd, env })).stdout) as unknown;
  } catch (error) {
    const { stderr = '', code } = error as { stderr?: string; code?: unknown };
    const status = typeof code === 'number' ? code : exitCode.unavailable;
    throw new StackFailure(`ops ${words.join(' ')} failed: ${stderr.trim()}`, status, error);
  }
}
