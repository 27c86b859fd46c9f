import { runCommandLine, type ExitCode } from '@umbra/platform';
import { opsProgram } from '../src/program.ts';

export interface OpsRun {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON. */
  readonly json: <T>() => T;
}

/** Runs the command line in this process, with an environment of its own. */
export async function runOps(
  words: readonly string[],
  values: Readonly<Record<string, string>> = {},
  backfillProgram = '/nowhere/backfill.js',
): Promise<OpsRun> {
  let stdout = '';
  let stderr = '';
  const streams = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const ops = opsProgram({ ...streams, backfillProgram, source: { values, problems: [] } });
  for (const command of [ops.program, ...descendants(ops.program)])
    command.configureOutput({ writeOut: streams.stdout.write, writeErr: streams.stderr.write });
  const code = await runCommandLine(ops.program, { words, stderr: streams.stderr }, ops.exitCode);
  return { code, stdout, stderr, json: <T>() => JSON.parse(stdout) as T };
}

type Program = ReturnType<typeof opsProgram>['program'];

function descendants(program: Program): readonly Program[] {
  return program.commands.flatMap((command) => [command, ...descendants(command)]);
}
