import {
  isMirroredObjectName,
  mirroredObjectNames,
  mirroredObjects,
  UmbraError,
  widenRecordId,
  type LoggedChangesFilter,
} from '@umbra/domain';
import type { EnvSource } from '@umbra/platform';
import { replayChanges, type ReplayReport } from '@umbra/sync';
import { withMirrorParts } from '../mirror-parts.ts';
import { table, type Output, type Streams } from '../output.ts';

export interface ReplayCommandOptions {
  readonly object?: string;
  readonly id: readonly string[];
  readonly topic?: string;
  readonly from?: string;
  readonly to?: string;
  readonly dryRun: boolean;
}

/**
 * Merges stored change events once more, from the raw log. Versions decide as ever: what is right stays, what is newer
 * stays newer, and doing it twice changes nothing. Asks Salesforce nothing.
 * @throws UmbraError INPUT_INVALID, SYNC_UNKNOWN_OBJECT, SYNC_NOTHING_KEPT, STORE_*, QUEUE_*, INPUT_CONFIGURATION
 */
export async function runReplay(
  options: ReplayCommandOptions,
  source: EnvSource,
  output: Output,
  streams: Streams,
): Promise<void> {
  const filter = filterOf(options);
  const { dryRun } = options;
  const report = await withMirrorParts(source, streams, async ({ mirror, schemas, store }) => {
    requireTopic(filter, await store.streamLog.streams());
    return replayChanges({ mirror, schemas, changes: store.loggedChanges }, { filter, dryRun });
  });
  output.answer({ ...report, ...(dryRun && { dryRun }) }, () => reportText(report, dryRun));
}

function requireTopic({ topic }: LoggedChangesFilter, known: readonly { readonly topic: string }[]): void {
  if (topic !== undefined && !known.some((one) => one.topic === topic))
    throw refused([`--topic: ${topic} has never been streamed; cursor show lists what has`]);
}

/** @throws UmbraError INPUT_INVALID with every problem, SYNC_UNKNOWN_OBJECT */
function filterOf({ from, id, object, to, topic }: ReplayCommandOptions): LoggedChangesFilter {
  if (object !== undefined && !isMirroredObjectName(object))
    throw new UmbraError(
      'SYNC_UNKNOWN_OBJECT',
      `not mirrored: ${object}; mirrored are ${mirroredObjectNames.join(', ')}`,
    );
  const problems: string[] = [];
  if (object === undefined && id.length === 0 && topic === undefined && from === undefined)
    problems.push('say what to replay: --object, --id, --topic or --from');
  const recordIds = id.flatMap((text) => widenRecordId(text) ?? []);
  if (recordIds.length < id.length) problems.push('--id takes record ids of 15 or 18 characters');
  const prefixes = mirroredObjectNames.filter((name) => object === undefined || name === object);
  const strange = recordIds.find(
    (one) => !prefixes.some((name) => one.startsWith(mirroredObjects[name].keyPrefix)),
  );
  if (strange !== undefined) problems.push(`--id: ${strange} is no record of ${prefixes.join(', ')}`);
  const [since, until] = [instantOf('--from', from, problems), instantOf('--to', to, problems)];
  if (since !== undefined && until !== undefined && since >= until)
    problems.push('--from must be earlier than --to');
  if (problems.length > 0) throw refused(problems);
  return {
    ...(object === undefined ? {} : { object }),
    ...(recordIds.length === 0 ? {} : { recordIds }),
    ...(topic === undefined ? {} : { topic }),
    ...(since === undefined ? {} : { from: since }),
    ...(until === undefined ? {} : { to: until }),
  };
}

function instantOf(flag: string, text: string | undefined, problems: string[]): Date | undefined {
  if (text === undefined) return undefined;
  const instant = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:\d{2}))?$/.test(text) && !Number.isNaN(instant.getTime()))
    return instant;
  problems.push(`${flag} takes a UTC day (2026-11-20) or an instant with its zone (2026-11-20T08:00:00Z)`);
  return undefined;
}

function reportText(report: ReplayReport, dryRun: boolean): string {
  const { changes, counts, poisoned, records, written } = report;
  if (changes === 0) return 'The raw log holds no such change.';
  const rows = counts.map(({ changeType, count, object }) => [object, changeType, String(count)]);
  const head = dryRun
    ? `Would merge ${changes} changes of ${records} records:`
    : `Merged ${changes} changes of ${records} records; ${written} rows were not as the log says.`;
  const left = poisoned === 0 ? '' : `\n${poisoned} changes cannot be merged; their records are read again.`;
  return `${head}\n${table(['OBJECT', 'CHANGE', 'COUNT'], rows)}${left}`;
}

function refused(problems: readonly string[]): UmbraError {
  return new UmbraError('INPUT_INVALID', 'The command line is not understood', { problems });
}
