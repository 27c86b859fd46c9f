import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import type { AppName } from './bundle.ts';
import { exitCode, StackFailure } from './failure.ts';
import { passThrough } from './pass-through.ts';
import { repositoryRoot } from './paths.ts';
import { parseScale, scales, type Scale } from './simulated-org.ts';

// Each command loads what it needs: `exec` stands before every Nx target and should not wait for a bundler.

const program = new Command('umbra')
  .description('Brings Umbra up on this machine, tests it, measures it and operates it.')
  .enablePositionalOptions()
  .exitOverride()
  .showHelpAfterError('Run ./umbra --help for the commands.');

const scaleFlag = ['--scale <size>', `size of the simulated org: ${scales.join(', ')}`, parseScale] as const;

function examples(command: Command, ...lines: readonly string[]): void {
  command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`);
}

examples(
  program
    .command('up')
    .description('Start PostgreSQL, Redis, a simulated Salesforce, the worker and the BFF; fill the tables.')
    .option('-d, --detach', 'return once everything is ready, and leave it running', false)
    .option(...scaleFlag)
    .action(async (flags: { detach: boolean; scale?: Scale }) =>
      (await import('./commands/up.ts')).up(flags),
    ),
  './umbra up                     until Ctrl-C, with logs',
  './umbra up --detach            in the background, until ./umbra down',
  './umbra up --scale 1m          a million accounts',
  'DATABASE_URL=… ./umbra up      with a PostgreSQL of your own',
);

program
  .command('supervise', { hidden: true })
  .option(...scaleFlag)
  .action(async ({ scale }: { scale?: Scale }) => (await import('./commands/up.ts')).supervise(scale));

examples(
  program
    .command('down')
    .description('Stop what up started, also after a crash. The data stays.')
    .action(async () => (await import('./commands/down.ts')).down()),
  './umbra down',
  './umbra down && rm -r .umbra/data     start over with empty tables',
);

examples(
  program
    .command('exec')
    .description('Run a command with the pinned Node and pnpm first on PATH.')
    .argument('<command>')
    .argument('[args...]')
    .passThroughOptions()
    .action(async (command: string, args: string[]) => {
      process.exitCode = await passThrough(command, args);
    }),
  './umbra exec pnpm nx run bff:salesforce-backfill-shadow --objects Account',
  './umbra exec node --version',
);

examples(
  program
    .command('test')
    .description('Run everything that decides whether a change may land. Last line: N passed, N failed.')
    .option('--only <step>', 'run one step: format, generated, lint, types, build, jest or e2e')
    .action(async ({ only }: { only?: string }) => (await import('./commands/test.ts')).test(only)),
  './umbra test',
  './umbra test --only lint',
);

program
  .command('protections')
  .description(
    'Take the protections of docs/security.md out of a copy, one by one: their tests have to notice.',
  )
  .argument('[args...]')
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .action(async (args: string[]) => {
    await prepare([]);
    process.exitCode = await (await import('./commands/protections.ts')).protections(args);
  });

program
  .command('bench')
  .description('Run the benchmarks, each beside its rival.')
  .argument('[args...]')
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .action(async (args: string[]) => {
    await prepare(['bff', 'ops', 'simulator', 'worker']);
    process.exitCode = await (await import('./commands/bench.ts')).bench(args);
  });

program
  .command('torture')
  .description('Break everything that docs/faults.md names, under load, and check what must hold.')
  .argument('[args...]')
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .action(async (args: string[]) => {
    await prepare(['bff', 'worker', 'worker-test', 'ops', 'simulator']);
    process.exitCode = await (await import('./commands/torture.ts')).torture(args);
  });

examples(
  program
    .command('generate')
    .description(
      'Write the files that are made from the code: environment, errors, OpenAPI, schema snapshot.',
    )
    .option('--check', 'write nothing; exit 1 when one of them is stale', false)
    .action(async ({ check }: { check: boolean }) => {
      await prepare(['bff']);
      const { generate } = await import('./commands/generate.ts');
      process.exitCode = await generate(check ? ['--check'] : [], process.env);
    }),
  './umbra generate',
  './umbra generate --check',
);

program
  .command('ops')
  .description('Look into a running stack and repair it. See ./umbra ops --help.')
  .argument('[args...]')
  .helpOption(false)
  .allowUnknownOption()
  .passThroughOptions()
  .action(async (args: string[]) => {
    await prepare(['bff', 'ops']);
    const script = join(repositoryRoot, 'dist/ops/main.js');
    const words = ['--enable-source-maps', script, ...args];
    process.exitCode = await passThrough(process.execPath, words, { cwd: repositoryRoot });
  });

examples(
  program
    .command('services', { hidden: true })
    .description('Start PostgreSQL and Redis alone, leave them running and print their addresses as JSON.')
    .action(async () => (await import('./commands/services.ts')).services()),
  './umbra services',
);

async function prepare(names: readonly AppName[]): Promise<void> {
  const { prepareApps } = await import('./prepare.ts');
  await prepareApps(repositoryRoot, names, tell);
}

function tell(line: string): void {
  process.stderr.write(`umbra: ${line}\n`);
}

/** commander's own complaints are about usage; help that was asked for is none. */
function codeOf(error: unknown): number {
  if (error instanceof StackFailure) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCode.usage;
  return 1;
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof StackFailure) tell(error.message);
  else if (!(error instanceof CommanderError)) console.error(error);
  process.exitCode = codeOf(error);
}
