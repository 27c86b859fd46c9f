import { execFileSync } from 'node:child_process';
import { renderEnvExample, renderEnvMarkdown } from '@umbra/platform';
import { Command } from 'commander';
import { compareArtefacts, type Artefact } from './artefacts/artefact.ts';
import { clientTypes } from './artefacts/client-types.ts';
import { renderErrorPage } from './artefacts/error-page.ts';
import { schemaSnapshot } from './artefacts/schema-snapshot.ts';

interface Options {
  readonly check: boolean;
  readonly services?: string;
}

/** The document of the BFF as its build prints it: tools do not import apps. */
const openApi = (): string =>
  execFileSync(process.execPath, ['dist/bff/openapi.js'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });

function artefacts({ services }: Options): Artefact[] {
  const always: Artefact[] = [
    { path: '.env.example', make: renderEnvExample },
    { path: 'docs/ENV.md', make: renderEnvMarkdown },
    { path: 'docs/errors.md', make: renderErrorPage },
    { path: 'docs/openapi.json', make: openApi },
    { path: 'libs/client/src/api.ts', make: () => clientTypes(openApi()) },
  ];
  return services === undefined
    ? always
    : [...always, { path: 'prisma/snapshot.sql', make: () => schemaSnapshot(services) }];
}

const options = new Command('generate')
  .description('Writes the files that are made from the code, or checks that they are current.')
  .option('--check', 'write nothing; exit 1 when a file is stale', false)
  .option(
    '--services <file>',
    'JSON file with databaseUrl; needed for prisma/snapshot.sql (./umbra generate brings it)',
  )
  .addHelpText('after', '\nExamples:\n  $ ./umbra generate\n  $ ./umbra generate --check')
  .parse()
  .opts<Options>();

const findings = await compareArtefacts(process.cwd(), artefacts(options), !options.check);
for (const { path, state } of findings) console.log(`${state.padEnd(8)} ${path}`);
if (findings.some(({ state }) => state === 'stale' || state === 'missing')) {
  console.log('Run ./umbra generate and commit the result.');
  process.exitCode = 1;
}
