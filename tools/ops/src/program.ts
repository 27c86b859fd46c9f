import { exitCodes, processEnvironment, type EnvSource, type ExitCode } from '@umbra/platform';
import { Command, Option } from 'commander';
import { runArchive, runArchiveList, runArchiveVerify, type ArchiveRunOptions } from './commands/archive.ts';
import { runAccess } from './commands/access.ts';
import { runBackfillProgram } from './commands/backfill.ts';
import { runCacheClear, type CacheClearOptions } from './commands/cache-clear.ts';
import { runCounts } from './commands/counts.ts';
import { keyAdd, type KeyAddOptions } from './commands/key-add.ts';
import { runCursorMove, runCursorShow, type CursorMoveOptions } from './commands/cursor.ts';
import { runDelta, type DeltaFlags } from './commands/delta.ts';
import { runLag } from './commands/lag.ts';
import { runMigrate } from './commands/migrate.ts';
import { runParked, type ParkedOptions } from './commands/parked.ts';
import { runReplay, type ReplayCommandOptions } from './commands/replay.ts';
import { runReconcile, type ReconcileFlags } from './commands/reconcile.ts';
import { runRequeue, type RequeueOptions } from './commands/requeue.ts';
import { runRebuild, type RebuildCommandOptions } from './commands/rebuild.ts';
import { runStatus } from './commands/status.ts';
import { noteCommand } from './note-command.ts';
import { outputOf, type Streams } from './output.ts';

export interface OpsContext extends Streams {
  /** File of the backfill command. */
  readonly backfillProgram: string;
  /** Default: the environment of the process over `.umbra/env`. */
  readonly source?: EnvSource;
}

const EXIT_CODES = `
Exit codes: 0 done, 64 usage, 69 a service is unreachable or too old, 76 the database schema is newer than this
program, 77 credentials refused, 78 configuration.`;

/** The command line for people on call. */
export function opsProgram(context: OpsContext): {
  readonly program: Command;
  readonly exitCode: () => ExitCode;
} {
  let exitCode: ExitCode = exitCodes.ok;
  const source = (): EnvSource => context.source ?? processEnvironment();
  const program = new Command('ops')
    .description('Looks after a running Umbra.')
    .showHelpAfterError('(--help shows what it takes)');
  program.hook('preAction', (_program, action) => noteCommand(action, source(), context));
  const command = (name: string, summary: string, examples: readonly string[]): Command =>
    new Command(name)
      .description(summary)
      .option('--json', 'print JSON', false)
      .allowExcessArguments(false)
      .showHelpAfterError('(--help shows what it takes)')
      .addHelpText(
        'after',
        `\nExamples:\n${examples.map((line) => `  $ ./umbra ops ${line}`).join('\n')}\n${EXIT_CODES}`,
      );
  const output = ({ json }: { readonly json: boolean }) => outputOf(context, json);

  program.addCommand(statusCommand(command, context, source, (code) => (exitCode = code)));
  program.addCommand(
    command('parked', 'Lists records that wait aside, and why.', [
      'parked',
      'parked --object Product2 --reason sku_taken',
    ])
      .option('--object <name>', 'only records of this object')
      .option('--reason <reason>', 'only records with this reason')
      .option('--limit <n>', 'how many at most', '100')
      .action((options: ParkedOptions & { json: boolean }) => runParked(options, source(), output(options))),
  );
  program.addCommand(
    command('migrate', 'Brings the database to the schema of this release.', ['migrate --dry-run', 'migrate'])
      .option('--dry-run', 'name what would be applied, change nothing', false)
      .action((options: { dryRun: boolean; json: boolean }) =>
        runMigrate(options, source(), output(options)),
      ),
  );
  program.addCommand(
    command('lag', 'Shows how far the shadow is behind, every open hole, and what was compared last.', [
      'lag',
      'lag --json',
    ]).action((options: { json: boolean }) => runLag(source(), output(options))),
  );
  program.addCommand(requeueCommand(command, context, source));
  program.addCommand(cursorCommand(command, context, source));
  program.addCommand(replayCommand(command, context, source));
  program.addCommand(archiveCommand(command, context, source, (code) => (exitCode = code)));
  program.addCommand(rebuildCommand(command, context, source, (code) => (exitCode = code)));
  program.addCommand(deltaCommand(command, context, source, (code) => (exitCode = code)));
  program.addCommand(reconcileCommand(command, context, source, (code) => (exitCode = code)));
  program.addCommand(backfillForwarder(context, (code) => (exitCode = code)));
  program.addCommand(cacheCommand(command, context, source));
  program.addCommand(keyCommand(command, context, source));
  return { program, exitCode: () => exitCode };
}

type NewCommand = (name: string, summary: string, examples: readonly string[]) => Command;

function statusCommand(
  command: NewCommand,
  context: OpsContext,
  source: () => EnvSource,
  ended: (code: ExitCode) => void,
): Command {
  return command('status', 'Shows shadow, coverage, parked records, backfills and queue.', [
    'status',
    'status --json',
    'status --counts',
    'status --access',
  ])
    .option('--counts', 'count the living records in Salesforce and in the shadow instead', false)
    .option('--access', 'compare the rights of the integration user with what is needed instead', false)
    .action(async ({ access, counts, json }: { access: boolean; counts: boolean; json: boolean }) => {
      const run = access ? runAccess : counts ? runCounts : runStatus;
      ended(await run(source(), outputOf(context, json), context));
    });
}

function requeueCommand(command: NewCommand, context: OpsContext, source: () => EnvSource): Command {
  return command('requeue', 'Puts failed jobs back into the queue.', [
    'requeue --dry-run',
    'requeue --job refresh-record --limit 50',
  ])
    .option('--job <name>', 'only jobs of this kind')
    .option('--limit <n>', 'how many at most, newest first', '1000')
    .option('--dry-run', 'list what would be put back, change nothing', false)
    .action((options: RequeueOptions & { json: boolean }) =>
      runRequeue(options, source(), outputOf(context, options.json), context),
    );
}

function rebuildCommand(
  command: NewCommand,
  context: OpsContext,
  source: () => EnvSource,
  ended: (code: ExitCode) => void,
): Command {
  return command('rebuild', 'Builds the shadow tables anew from what was kept, without asking Salesforce.', [
    'rebuild --dry-run',
    'rebuild --objects Product2,PricebookEntry',
  ])
    .option('--objects <names>', 'only these objects, comma-separated')
    .option('--dry-run', 'say from what it would be built, change nothing', false)
    .action(async (options: RebuildCommandOptions & { json: boolean }) =>
      ended(await runRebuild(options, source(), outputOf(context, options.json), context)),
    );
}

function deltaCommand(
  command: NewCommand,
  context: OpsContext,
  source: () => EnvSource,
  ended: (code: ExitCode) => void,
): Command {
  return command('delta', 'Reads what was modified since the last complete read, and repairs what differs.', [
    'delta --dry-run',
    'delta --objects Account --json',
  ])
    .option('--objects <names>', 'comma-separated; default: all')
    .option('--dry-run', 'say what would be read, change nothing', false)
    .action(async (options: DeltaFlags & { json: boolean }) =>
      ended(await runDelta(options, source(), outputOf(context, options.json), context)),
    );
}

function reconcileCommand(
  command: NewCommand,
  context: OpsContext,
  source: () => EnvSource,
  ended: (code: ExitCode) => void,
): Command {
  return command('reconcile', 'Compares the shadow with Salesforce, and repairs what differs.', [
    'reconcile --dry-run',
    'reconcile --objects Product2,PricebookEntry --deep',
    'reconcile --chain',
  ])
    .option('--objects <names>', 'comma-separated; default: all')
    .option('--deep', 'every row instead of counts and newest times per range of ids', false)
    .addOption(
      new Option('--chain', 'the whole chain of the night: delta, comparison, clean-up, retention')
        .default(false)
        // The night has its own depth, and believes no mass deletion that nobody looked at.
        .conflicts(['deep', 'confirmDeletions', 'dryRun']),
    )
    .option('--confirm-deletions', 'the records that a halted sweep misses are really gone', false)
    .option('--dry-run', 'say what would be read, change nothing', false)
    .addHelpText('after', '65 more records would go than can be believed, or rows differ in every reading.')
    .action(async (options: ReconcileFlags & { json: boolean }) =>
      ended(await runReconcile(options, source(), outputOf(context, options.json), context)),
    );
}

/** Everything behind the word goes to the backfill command, its `--help` included. */
function backfillForwarder(context: OpsContext, ended: (code: ExitCode) => void): Command {
  return new Command('backfill')
    .description('Fills the shadow tables from Salesforce; backfill --help shows its flags.')
    .helpOption(false)
    .allowUnknownOption()
    .argument('[flags...]')
    .action(async (flags: string[]) => ended(await runBackfillProgram(context.backfillProgram, flags)));
}

function archiveCommand(
  command: NewCommand,
  context: OpsContext,
  source: () => EnvSource,
  ended: (code: ExitCode) => void,
): Command {
  const run = command('run', 'Moves days of the raw log whose time is over to the archive, as every night.', [
    'archive run --dry-run',
    'archive run',
  ])
    .option('--dry-run', 'say what would be moved, change nothing', false)
    .action(async (options: ArchiveRunOptions & { json: boolean }) =>
      ended(await runArchive(options, source(), outputOf(context, options.json), context)),
    );
  const list = command('list', 'Lists the days that are in the archive.', ['archive list']).action(
    (options: { json: boolean }) => runArchiveList(source(), outputOf(context, options.json)),
  );
  const verify = command('verify', 'Reads every file of the archive and compares it with what was noted.', [
    'archive verify',
  ]).action(async (options: { json: boolean }) =>
    ended(await runArchiveVerify(source(), outputOf(context, options.json))),
  );
  return new Command('archive')
    .description('The archive of the raw log.')
    .addCommand(run)
    .addCommand(list)
    .addCommand(verify);
}

function cacheCommand(command: NewCommand, context: OpsContext, source: () => EnvSource): Command {
  const clear = command('clear', 'Drops cached answers; the next reads come from the shadow.', [
    'cache clear --dry-run',
    'cache clear --catalog',
  ])
    .option('--catalog', 'the catalogue only', false)
    .option('--eligibility', 'eligibility only', false)
    .option('--dry-run', 'say what would be dropped, change nothing', false)
    .action((options: CacheClearOptions & { json: boolean }) =>
      runCacheClear(options, source(), outputOf(context, options.json), context),
    );
  return new Command('cache').description('The cache of answers.').addCommand(clear);
}

function cursorCommand(command: NewCommand, context: OpsContext, source: () => EnvSource): Command {
  const show = command('show', 'Shows from where each topic would be resumed.', [
    'cursor show',
    'cursor show --json',
  ]).action((options: { json: boolean }) => runCursorShow(source(), outputOf(context, options.json)));
  const move = command('move', 'Moves the position of a topic; its objects are read in full afterwards.', [
    'cursor move --topic /data/AccountChangeEvent --earliest --dry-run',
    'cursor move --topic /data/AccountChangeEvent --replay-id 00000000000000a1b2c3',
  ])
    .requiredOption('--topic <topic>', 'as cursor show prints it')
    .option('--replay-id <hex>', 'resume behind this event')
    .option('--earliest', 'resume at the earliest event that Salesforce keeps', false)
    .option('--dry-run', 'say what would be moved, change nothing', false)
    .action((options: CursorMoveOptions & { json: boolean }) =>
      runCursorMove(options, source(), outputOf(context, options.json)),
    );
  return new Command('cursor')
    .description('The stored positions of the change streams.')
    .addCommand(show)
    .addCommand(move);
}

function replayCommand(command: NewCommand, context: OpsContext, source: () => EnvSource): Command {
  return command('replay', 'Merges stored change events once more, from the raw log.', [
    'replay --id 01t000000000001AAA --dry-run',
    'replay --object PricebookEntry --from 2026-11-20T08:00:00Z --to 2026-11-20T09:30:00Z',
    'replay --topic /data/AccountChangeEvent --from 2026-11-20 --json',
  ])
    .option('--object <name>', 'only changes of this object')
    .addOption(
      new Option('--id <id>', 'only changes of this record; once for each')
        .argParser((word: string, words: string[] | undefined) => [...(words ?? []), word])
        .default([]),
    )
    .option('--topic <topic>', 'only what came by this topic, as cursor show prints it')
    .option(
      '--from <instant>',
      'only what was committed then or later: a UTC day, or an instant with its zone',
    )
    .option('--to <instant>', 'only what was committed before')
    .option('--dry-run', 'count what would be merged, change nothing', false)
    .action((options: ReplayCommandOptions & { json: boolean }) =>
      runReplay(options, source(), outputOf(context, options.json), context),
    );
}

function keyCommand(command: NewCommand, context: OpsContext, source: () => EnvSource): Command {
  const add = command('add', 'Adds an API key and prints it, this once.', [
    'key add --label shop --scope read',
    'key add --label on-call --scope read --scope operator --json',
  ])
    .requiredOption('--label <label>', 'who will use the key')
    .addOption(
      new Option('--scope <scope>', 'read or operator; once for each')
        .argParser((word: string, words: string[] | undefined) => [...(words ?? []), word])
        .default([]),
    )
    .option('--if-missing', 'do nothing when there is a key with this label', false)
    .option('--dry-run', 'say what would be added, change nothing', false)
    .action((options: KeyAddOptions & { json: boolean }) =>
      keyAdd(options, source(), outputOf(context, options.json)),
    );
  return new Command('key').description('API keys.').addCommand(add);
}
