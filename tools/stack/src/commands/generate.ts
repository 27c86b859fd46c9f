import { passThrough } from '../pass-through.ts';
import { repositoryRoot } from '../paths.ts';
import { withServices } from '../test-services.ts';

/** Makes or checks the generated files. The schema snapshot needs a database to run the migrations in. */
export async function generate(flags: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return withServices('tests', (file) =>
    passThrough(process.execPath, ['tools/checks/src/generate.ts', ...flags, '--services', file], {
      cwd: repositoryRoot,
      env,
    }),
  );
}
