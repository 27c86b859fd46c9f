import { driftKinds, mirroredObjectNames } from '@umbra/domain';
import { exitCodes, type EnvSource, type ExitCode } from '@umbra/platform';
import {
  parseObjects,
  planReconcile,
  reconcileObject,
  runNightly,
  type NightlyReport,
  type PlannedReconcile,
  type ReconcileDepth,
  type StoredReconcileReport,
} from '@umbra/sync';
import { interruptible } from '../interruptible.ts';
import { table, type Output, type Streams } from '../output.ts';
import { withUpkeepParts } from '../upkeep-parts.ts';

export interface ReconcileFlags {
  /** Comma-separated; undefined: all. */
  readonly objects?: string;
  readonly deep: boolean;
  /** The whole chain of the night instead. */
  readonly chain: boolean;
  readonly confirmDeletions: boolean;
  readonly dryRun: boolean;
}

/**
 * Compares the shadow with Salesforce and repairs what differs. Ends 65 when something is left that differs: more
 * records would go than can be believed, or rows differed in every reading.
 * @throws UmbraError SYNC_BUSY while a worker is at it; SYNC_UNKNOWN_OBJECT, INPUT_CONFIGURATION, STORE_*, SF_*
 */
export async function runReconcile(
  flags: ReconcileFlags,
  source: EnvSource,
  output: Output,
  streams: Streams,
): Promise<ExitCode> {
  const objects = flags.objects === undefined ? mirroredObjectNames : parseObjects(flags.objects.split(','));
  const depth: ReconcileDepth = flags.deep ? 'deep' : 'nightly';
  return interruptible((signal) =>
    withUpkeepParts(source, streams, async (deps) => {
      if (flags.dryRun) {
        const planned: PlannedReconcile[] = [];
        for (const object of objects) planned.push(await planReconcile(deps, object, depth));
        output.answer({ dryRun: true, objects: planned }, () => plannedText(planned));
        return exitCodes.ok;
      }
      if (flags.chain) {
        const report = await runNightly(deps, { signal, objects });
        output.answer(report, () => chainText(report));
        return exitCodes.ok;
      }
      const reports: StoredReconcileReport[] = [];
      for (const object of objects)
        reports.push(
          await reconcileObject(deps, { object, depth, signal, confirmed: flags.confirmDeletions }),
        );
      output.answer({ objects: reports }, () => reportText(reports));
      const isLeft = reports.some(({ outcome }) => outcome === 'halted' || outcome === 'unsettled');
      return isLeft ? exitCodes.different : exitCodes.ok;
    }),
  );
}

function plannedText(planned: readonly PlannedReconcile[]): string {
  return table(
    ['OBJECT', 'DEPTH', 'RECORDS', 'PARTS', 'CALLS'],
    planned.map(({ calls, depth, object, parts, rows }) => [
      object,
      depth,
      String(rows),
      String(parts),
      String(calls),
    ]),
  );
}

function reportText(reports: readonly StoredReconcileReport[]): string {
  return table(
    ['OBJECT', 'DEPTH', 'OUTCOME', 'COMPARED', 'MOVED', 'DRIFT', 'EQUAL AS OF', 'CALLS', 'HASH'],
    reports.map((report) => [
      report.object,
      report.depth,
      report.outcome,
      String(report.rowsCompared),
      String(report.rowsMoved),
      driftText(report),
      report.equalAsOf ?? 'nothing proven',
      String(report.calls),
      report.hash.slice(0, 12),
    ]),
  );
}

function driftText({ drift }: StoredReconcileReport): string {
  const kinds = driftKinds.filter((kind) => drift[kind] > 0).map((kind) => `${kind} ${drift[kind]}`);
  return kinds.join(', ') || 'none';
}

function chainText({ calls, steps }: NightlyReport): string {
  const rows = Object.entries(steps).map(([step, found]) => [step, JSON.stringify(found)]);
  return `${table(['STEP', 'FOUND'], rows)}\n\n${calls} calls`;
}
