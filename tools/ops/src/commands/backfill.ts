import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { UmbraError } from '@umbra/domain';
import { exitCodes, type ExitCode } from '@umbra/platform';

const codes: ReadonlySet<number> = new Set(Object.values(exitCodes));

/**
 * Runs the backfill command that is built beside this one, with the same terminal, and ends as it ends.
 * @param program its file @param words its arguments
 * @throws UmbraError INPUT_CONFIGURATION when it has not been built
 */
export async function runBackfillProgram(program: string, words: readonly string[]): Promise<ExitCode> {
  if (!existsSync(program))
    throw new UmbraError('INPUT_CONFIGURATION', 'The backfill has not been built', {
      problems: [`${program} is missing: run pnpm nx run bff:build`],
    });
  const child = spawn(process.execPath, [program, ...words], { stdio: 'inherit' });
  // A terminal signals both of us; a supervisor only this process. Twice is what "at once" means, so pass on SIGTERM.
  const pass = (): void => void child.kill('SIGTERM');
  const stay = (): void => undefined;
  process.on('SIGTERM', pass);
  process.on('SIGINT', stay);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    return isExitCode(code) ? code : exitCodes.failed;
  } finally {
    process.off('SIGTERM', pass);
    process.off('SIGINT', stay);
  }
}

function isExitCode(code: number | null): code is ExitCode {
  return code !== null && codes.has(code);
}
