import { mirroredObjectNames } from '@umbra/domain';
import { archiveSection, exitCodes, loadEnv, type EnvSource, type ExitCode } from '@umbra/platform';
import { FolderArchive } from '@umbra/store';
import { parseObjects, planRebuild, rebuildShadow, type RebuildPlan, type RebuildReport } from '@umbra/sync';
import { interruptible } from '../interruptible.ts';
import { withMirrorParts } from '../mirror-parts.ts';
import { table, type Output, type Streams } from '../output.ts';

export interface RebuildCommandOptions {
  readonly objects?: string;
  readonly dryRun: boolean;
}

/**
 * Builds rows of the shadow tables from what was kept: pages of the newest complete read, reads since, the archive and
 * the raw log. Asks Salesforce nothing.
 * @returns 75 when it was interrupted
 * @throws UmbraError SYNC_NOTHING_KEPT, SYNC_UNKNOWN_OBJECT, STORE_*, QUEUE_*, INPUT_CONFIGURATION
 */
export async function runRebuild(
  options: RebuildCommandOptions,
  source: EnvSource,
  output: Output,
  streams: Streams,
): Promise<ExitCode> {
  const objects =
    options.objects === undefined ? mirroredObjectNames : parseObjects(options.objects.split(','));
  const { env } = loadEnv({ archive: archiveSection }, source);
  const archive = new FolderArchive(env.archive.folder);
  return interruptible((signal) =>
    withMirrorParts(
      source,
      streams,
      async ({ mirror, schemas, store }) => {
        const deps = {
          mirror,
          schemas,
          archive,
          kept: store.kept,
          history: store.eventHistory,
          days: store.rawLogDays,
        };
        if (options.dryRun) {
          const plan = await planRebuild(deps, objects);
          output.answer(planOf(plan), () => planText(plan));
          return exitCodes.ok;
        }
        const report = await rebuildShadow(deps, { objects, signal });
        output.answer(report, () => reportText(report));
        return report.outcome === 'complete' ? exitCodes.ok : exitCodes.interrupted;
      },
      { heedsFloor: false },
    ),
  );
}

function planOf({ archived, fromDay, objects }: RebuildPlan) {
  return {
    dryRun: true,
    objects: objects.map(({ object, since, slices }) => ({ object, since, slices: slices.length })),
    logFrom: fromDay,
    archivedDays: archived.map(({ day }) => day),
  };
}

function planText(plan: RebuildPlan): string {
  return [
    table(
      ['OBJECT', 'READ IN FULL', 'SLICES KEPT'],
      plan.objects.map(({ object, since, slices }) => [object, since, String(slices.length)]),
    ),
    `Events from ${plan.fromDay} on, of which ${plan.archived.length} days are in the archive alone.`,
  ].join('\n');
}

function reportText({ archivedDays, events, objects, outcome, poisoned }: RebuildReport): string {
  return [
    table(
      ['OBJECT', 'READ IN FULL', 'ROWS KEPT', 'READS KEPT', 'RECORDS NOW'],
      objects.map(({ living, object, reads, rows, since }) => [
        object,
        since,
        String(rows),
        String(reads),
        String(living),
      ]),
    ),
    `${events} events merged, ${archivedDays} days of them from the archive.`,
    ...(poisoned === 0
      ? []
      : [`${poisoned} changes could not be merged; the worker reads their records anew.`]),
    ...(outcome === 'complete'
      ? []
      : ['Interrupted. Run it again: it begins anew and comes to the same rows.']),
  ].join('\n');
}
