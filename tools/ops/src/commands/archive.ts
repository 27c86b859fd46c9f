import { isUmbraError, type ArchivedDay } from '@umbra/domain';
import {
  archiveSection,
  createLogger,
  databaseSection,
  exitCodes,
  loadEnv,
  type EnvSource,
  type ExitCode,
} from '@umbra/platform';
import { FolderArchive, openStore, type Store } from '@umbra/store';
import { runRetention, type RetentionReport } from '@umbra/sync';
import { interruptible } from '../interruptible.ts';
import { table, type Output, type Streams } from '../output.ts';

export interface ArchiveRunOptions {
  readonly dryRun: boolean;
}

/**
 * Does what the worker does every night: room for the coming days, days whose time is over into the archive, old
 * tombstones and superseded pages away. Asks Salesforce nothing. A signal ends it behind the day under way.
 * @returns 65 when a day could not be archived
 * @throws UmbraError STORE_*, INPUT_CONFIGURATION
 */
export async function runArchive(
  { dryRun }: ArchiveRunOptions,
  source: EnvSource,
  output: Output,
  streams: Streams,
): Promise<ExitCode> {
  const { log } = createLogger({ service: 'ops', level: 'error', sink: streams.stderr });
  return interruptible((signal) =>
    withArchive(source, async ({ archive, store }) => {
      const { kept, rawLogDays: days, tombstones } = store;
      const report = await runRetention({ days, archive, kept, tombstones, log }, { dryRun, signal });
      output.answer(report, () => retentionText(report));
      if (signal.aborted) return exitCodes.interrupted;
      return report.days.some(({ outcome }) => outcome === 'failed') ? exitCodes.different : exitCodes.ok;
    }),
  );
}

/** Days that are in the archive. @throws UmbraError STORE_*, INPUT_CONFIGURATION */
export async function runArchiveList(source: EnvSource, output: Output): Promise<void> {
  const days = await withArchive(source, ({ store }) => store.rawLogDays.archived());
  output.answer({ days: days.map(shown) }, () =>
    days.length === 0
      ? 'No day has been archived yet.'
      : table(
          ['DAY', 'EVENTS', 'BYTES', 'IN THE DATABASE', 'FILE'],
          days.map(({ bytes, day, droppedAt, file, rows }) => [
            day,
            String(rows),
            String(bytes),
            droppedAt === null ? 'still' : 'no',
            file,
          ]),
        ),
  );
}

/**
 * Reads every file of the archive back and compares it with what was noted of it.
 * @returns 65 when one is damaged or missing
 * @throws UmbraError STORE_*, INPUT_CONFIGURATION
 */
export async function runArchiveVerify(source: EnvSource, output: Output): Promise<ExitCode> {
  const days = await withArchive(source, async ({ archive, store }) => {
    const checked: { day: string; file: string; state: FileState }[] = [];
    for (const archived of await store.rawLogDays.archived()) {
      const { day, file } = archived;
      const state = await store.rawLogDays.verify(archived, archive).then(() => 'whole' as const, fileState);
      checked.push({ day, file, state });
    }
    return checked;
  });
  const bad = days.filter(({ state }) => state !== 'whole');
  output.answer({ days }, () =>
    [
      `${days.length - bad.length} of ${days.length} archived days are whole.`,
      ...bad.map(({ day, file, state }) => `${day}  ${state}  ${file}`),
    ].join('\n'),
  );
  return bad.length > 0 ? exitCodes.different : exitCodes.ok;
}

type FileState = 'whole' | 'damaged' | 'missing';

/** @throws what says nothing about the file */
function fileState(error: unknown): FileState {
  if (isUmbraError(error) && error.code === 'STORE_ARCHIVE_DAMAGED') return 'damaged';
  if (isUmbraError(error) && error.code === 'STORE_ARCHIVE_MISSING') return 'missing';
  throw error;
}

interface Archives {
  readonly store: Store;
  readonly archive: FolderArchive;
}

async function withArchive<T>(source: EnvSource, work: (parts: Archives) => Promise<T>): Promise<T> {
  const { env } = loadEnv({ database: databaseSection, archive: archiveSection }, source);
  const store = await openStore({ databaseUrl: env.database.url.reveal(), applicationName: 'umbra-ops' });
  try {
    return await work({ store, archive: new FolderArchive(env.archive.folder) });
  } finally {
    await store.close();
  }
}

function shown({ archivedAt, droppedAt, ...day }: ArchivedDay) {
  return { ...day, archivedAt: archivedAt.toISOString(), droppedAt: droppedAt?.toISOString() ?? null };
}

const outcomes: Readonly<Record<RetentionReport['days'][number]['outcome'], string>> = {
  dropped: 'archived',
  due: 'would be archived',
  unapplied: 'stays: changes wait to be applied',
  undecoded: 'stays: events cannot be read yet',
  parked: 'stays: changes could not be merged',
  failed: 'stays: it could not be archived',
};

function retentionText({ days, dryRun, forgotten, strays, tombstones }: RetentionReport): string {
  const verb = dryRun ? 'Would remove' : 'Removed';
  return [
    days.length === 0
      ? 'No day of the raw log is old enough to leave the database.'
      : table(
          ['DAY', 'EVENTS', 'OUTCOME'],
          days.map(({ code, day, outcome, rows }) => [
            day,
            String(rows),
            code === undefined ? outcomes[outcome] : `${outcomes[outcome]} (${code})`,
          ]),
        ),
    `${verb} ${tombstones} tombstones, ${forgotten.pages} pages and ${forgotten.reads} reads that newer reads say again.`,
    ...(strays.adopted + strays.left === 0
      ? []
      : [`Events of no day: ${strays.adopted} moved into their days, ${strays.left} left.`]),
  ].join('\n');
}
