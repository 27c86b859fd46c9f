import { passThrough } from '../pass-through.ts';
import { repositoryRoot } from '../paths.ts';
import { withServices } from '../test-services.ts';

/** Tries the tests of docs/security.md; what needs a database or Redis shares one pair. */
export async function protections(args: readonly string[]): Promise<number> {
  return withServices('tests', () =>
    passThrough(process.execPath, ['tools/checks/src/protections/main.ts', ...args], { cwd: repositoryRoot }),
  );
}
