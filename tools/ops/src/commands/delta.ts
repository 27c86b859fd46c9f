import { mirroredObjectNames } from '@umbra/domain';
import { exitCodes, type EnvSource, type ExitCode } from '@umbra/platform';
import { parseObjects, planDelta, pullDelta, type DeltaReport, type PlannedDelta } from '@umbra/sync';
import { interruptible } from '../interruptible.ts';
import { table, type Output, type Streams } from '../output.ts';
import { withUpkeepParts } from '../upkeep-parts.ts';

export interface DeltaFlags {
  /** Comma-separated; undefined: all. */
  readonly objects?: string;
  readonly dryRun: boolean;
}

/**
 * Reads what was modified since the last complete read, and repairs what differs.
 * @throws UmbraError SYNC_BUSY while a worker is at it; SYNC_UNKNOWN_OBJECT, INPUT_CONFIGURATION, STORE_*, SF_*
 */
export async function runDelta(
  flags: DeltaFlags,
  source: EnvSource,
  output: Output,
  streams: Streams,
): Promise<ExitCode> {
  const objects = flags.objects === undefined ? mirroredObjectNames : parseObjects(flags.objects.split(','));
  return interruptible((signal) =>
    withUpkeepParts(source, streams, async (deps) => {
      if (flags.dryRun) {
        const planned: PlannedDelta[] = [];
        for (const object of objects) planned.push(await planDelta(deps, object));
        output.answer({ dryRun: true, objects: planned }, () => plannedText(planned));
        return exitCodes.ok;
      }
      const reports: DeltaReport[] = [];
      for (const object of objects) reports.push(await pullDelta(deps, { object, signal }));
      output.answer({ objects: reports }, () => reportText(reports));
      return exitCodes.ok;
    }),
  );
}

function plannedText(planned: readonly PlannedDelta[]): string {
  return table(
    ['OBJECT', 'MODIFIED SINCE', 'ROWS', 'BY', 'CALLS'],
    planned.map(({ by, calls, object, rows, since }) => [
      object,
      since ?? 'no complete backfill yet',
      String(rows),
      by ?? '',
      String(calls),
    ]),
  );
}

function reportText(reports: readonly DeltaReport[]): string {
  return table(
    ['OBJECT', 'MODIFIED SINCE', 'PROVEN UP TO', 'ROWS', 'DRIFT', 'HOLES CLOSED', 'CALLS'],
    reports.map((report) => [
      report.object,
      report.since ?? 'no complete backfill yet',
      report.through ?? '',
      String(report.rowsMoved),
      String(report.driftRows),
      String(report.holesClosed),
      String(report.calls),
    ]),
  );
}
