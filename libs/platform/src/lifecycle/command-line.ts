import { UmbraError } from '@umbra/domain';
import { isErrorLike } from '../error-like.ts';
import { exitCodeOf, exitCodes, type ExitCode } from './exit-codes.ts';
import { failureText } from './failure-text.ts';

/** The part of a commander program that running it needs. */
interface Program {
  readonly commands: readonly Program[];
  exitOverride(): unknown;
  parseAsync(words: readonly string[], options: { from: 'user' }): Promise<unknown>;
}

export interface CommandLine {
  /** Arguments after the program's name. */
  readonly words: readonly string[];
  readonly stderr: { write(text: string): unknown };
}

/**
 * Runs a command line program and turns how it ends into an exit code. A failure is told on standard error in words,
 * with its code; whoever wants to act on it looks at the exit code.
 * @param program its actions throw UmbraError, or set another code through `ended`
 */
export async function runCommandLine(
  program: Program,
  { words, stderr }: CommandLine,
  ended: () => ExitCode = () => exitCodes.ok,
): Promise<ExitCode> {
  overrideExit(program);
  try {
    await program.parseAsync(words, { from: 'user' });
    return ended();
  } catch (error) {
    const parsing = parserVerdict(error);
    if (parsing !== undefined) return parsing;
    stderr.write(`${failureText(error)}\n`);
    return exitCodeOf(error);
  }
}

/** Ends a command whose reader has seen enough (`| head`): what it would still say, nobody hears. */
export function endWithReader(stdout: NodeJS.WritableStream): void {
  stdout.on('error', () => process.exit(exitCodes.ok));
}

/** A subcommand that was built apart does not inherit this, and would end the process with 1. */
function overrideExit(program: Program): void {
  program.exitOverride();
  for (const command of program.commands) overrideExit(command);
}

/** Commander has printed help or the problem by itself and says so with an error of its own. */
function parserVerdict(error: unknown): ExitCode | undefined {
  if (!isErrorLike(error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (error instanceof UmbraError || !error.code.startsWith('commander.')) return undefined;
  return 'exitCode' in error && error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
}
