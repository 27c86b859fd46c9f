import { UmbraError, type MirroredObjectName } from '@umbra/domain';
import { parseObjects } from '@umbra/sync';
import { Command } from 'commander';

/** What was asked for on the command line. */
export interface BackfillFlags {
  /** undefined: every mirrored object, parents first. */
  readonly objects: readonly MirroredObjectName[] | undefined;
  /** ISO 8601 UTC; only records modified since. */
  readonly since: string | null;
  readonly dryRun: boolean;
  readonly verify: boolean;
  readonly resume: boolean;
  readonly json: boolean;
}

const examples = `
Examples:
  $ pnpm nx run bff:salesforce-backfill-shadow
  $ pnpm nx run bff:salesforce-backfill-shadow --dry-run
  $ pnpm nx run bff:salesforce-backfill-shadow --objects Product2,PricebookEntry --verify
  $ pnpm nx run bff:salesforce-backfill-shadow --since 2026-01-31T00:00:00Z
  $ pnpm nx run bff:salesforce-backfill-shadow --resume

Exit codes:
  0   every promised row has landed: in its table, or parked with its reason
  64  usage
  65  counts or verification differ
  69  PostgreSQL, Redis or Salesforce unreachable or too old
  75  interrupted; what has landed is kept, continue with --resume
  76  the database schema is newer than this program
  77  Salesforce refused the credentials
  78  configuration; every problem is listed`;

/** @param run receives the flags once they have been understood */
export function backfillProgram(run: (flags: BackfillFlags) => Promise<void>): Command {
  return new Command('salesforce-backfill-shadow')
    .description('Fills the shadow tables from Salesforce through Bulk API 2.0 queries.')
    .option('--objects <list>', 'objects to read, comma-separated (default: all, parents first)')
    .option('--since <time>', 'only records modified since this ISO 8601 time')
    .option('--dry-run', 'count rows and API calls, change nothing', false)
    .option('--verify', 'compare with Salesforce afterwards', false)
    .option('--resume', 'continue the run that was interrupted', false)
    .option('--json', 'print the report as JSON', false)
    .allowExcessArguments(false)
    .addHelpText('after', examples)
    .action(async (options: RawFlags) => run(readFlags(options)));
}

interface RawFlags {
  readonly objects?: string;
  readonly since?: string;
  readonly dryRun: boolean;
  readonly verify: boolean;
  readonly resume: boolean;
  readonly json: boolean;
}

/** @throws UmbraError SYNC_UNKNOWN_OBJECT, INPUT_INVALID */
export function readFlags(raw: RawFlags): BackfillFlags {
  const { dryRun, verify, resume, json } = raw;
  const problems: string[] = [];
  if (resume && (raw.objects !== undefined || raw.since !== undefined))
    problems.push('--resume continues a run with its own objects and time: leave --objects and --since out');
  if (resume && dryRun) problems.push('--dry-run counts a new run: leave --resume out');
  if (dryRun && verify) problems.push('--dry-run reads nothing that --verify could compare');
  const since = raw.since === undefined ? null : instantOf(raw.since);
  if (since === undefined)
    problems.push(`--since needs an ISO 8601 time in the past, like 2026-01-31T00:00:00Z`);
  if (problems.length > 0)
    throw new UmbraError('INPUT_INVALID', 'The command line is not understood', { problems });
  const objects = raw.objects === undefined ? undefined : parseObjects(raw.objects.split(','));
  return { objects, since: since ?? null, dryRun, verify, resume, json };
}

const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** The instant in UTC; undefined when the text is none or lies in the future. A bare date is midnight UTC. */
function instantOf(text: string): string | undefined {
  if (!ISO.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) || time > Date.now() ? undefined : new Date(time).toISOString();
}
