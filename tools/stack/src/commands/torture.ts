import { passThrough } from '../pass-through.ts';
import { repositoryRoot } from '../paths.ts';
import { withServices } from '../test-services.ts';

/** Runs the fault matrix on servers that may be killed. */
export async function torture(args: readonly string[]): Promise<number> {
  const run = (): Promise<number> =>
    passThrough(process.execPath, ['apps/e2e/faults/torture.ts', ...args], { cwd: repositoryRoot });
  const onlyTalks = args.some((word) => ['--help', '-h', '--list'].includes(word));
  return onlyTalks ? run() : withServices('tests', run);
}
