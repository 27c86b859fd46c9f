import { runCommandLine, type ExitCode } from '@umbra/platform';
import { backfillCommand, type BackfillContext } from '../src/backfill/command.ts';

export interface BackfillRunResult {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON. */
  readonly json: <T>() => T;
}

/** Runs the command in this process, with an environment of its own. */
export async function runBackfillCommand(
  words: readonly string[],
  values: Readonly<Record<string, string>>,
  options: Partial<Pick<BackfillContext, 'postgresFloor' | 'signal'>> = {},
): Promise<BackfillRunResult> {
  let stdout = '';
  let stderr = '';
  const writeOut = (text: string): string => (stdout += text);
  const writeErr = (text: string): string => (stderr += text);
  const { program, exitCode } = backfillCommand({
    stdout: { write: writeOut },
    stderr: { write: writeErr },
    signal: new AbortController().signal,
    source: { values, problems: [] },
    ...options,
  });
  program.configureOutput({ writeOut, writeErr });
  const code = await runCommandLine(program, { words, stderr: { write: writeErr } }, exitCode);
  return { code, stdout, stderr, json: <T>() => JSON.parse(stdout) as T };
}
