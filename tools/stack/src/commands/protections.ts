import { passThrough } from '../pass-through.ts';
import { repositoryRoot } from '../paths.ts';
import { withServices } from '../test-services.ts';

/** Tries the tests of docs/security.md; what needs a database or Redis shares one pair. */
export async function protections(args: readonly string[]): Promise<number> {
  const run = (): Promise<number> =>
    passThrough(process.execPath, ['tools/checks/src/protections/main.ts', ...args], { cwd: repositoryRoot });
  const onlyTalks = args.some((word) => ['--help', '-h'].includes(word));
  return onlyTalks ? run() : withServices('tests', run);
}
