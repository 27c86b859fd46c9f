import { mirroredObjectNames, UmbraError } from '@umbra/domain';
import { createLogger, exitCodes, systemClock, type EnvSource, type ExitCode } from '@umbra/platform';
import { driftOf, planBackfill, reprojectChanged, runBackfill } from '@umbra/sync';
import type { Command } from 'commander';
import { backfillProgram, type BackfillFlags } from './flags.ts';
import { connectParts, sha256, type BackfillParts, type PartsOptions } from './parts.ts';
import { progressView, type Screen } from './progress.ts';
import { finishedText, PARKED_SHOWN, planText } from './report.ts';
import { backfillSettings } from './settings.ts';

export interface BackfillContext extends PartsOptions {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: Screen;
  /** Raised: stop after the page under way. */
  readonly signal: AbortSignal;
  /** Default: the environment of the process over `.umbra/env`. */
  readonly source?: EnvSource;
}

/** The command `salesforce-backfill-shadow`: answers on standard output, progress and logs on standard error. */
export function backfillCommand(context: BackfillContext): {
  readonly program: Command;
  readonly exitCode: () => ExitCode;
} {
  let exitCode: ExitCode = exitCodes.ok;
  const program = backfillProgram(async (flags) => {
    const settings = backfillSettings(context.source);
    const { log } = createLogger({
      service: 'backfill',
      level: settings.logGiven ? settings.log.level : 'warn',
      sink: context.stderr,
    });
    const parts = await connectParts(settings, log, context);
    try {
      exitCode = flags.dryRun ? await plan(parts, flags, context) : await run(parts, flags, context);
    } finally {
      await parts.close();
    }
  });
  return { program, exitCode: () => exitCode };
}

async function plan(
  { deps }: BackfillParts,
  flags: BackfillFlags,
  { stdout }: BackfillContext,
): Promise<ExitCode> {
  const planned = await planBackfill(deps, flags.objects ?? mirroredObjectNames, flags.since);
  answer(stdout, flags, { dryRun: true, objects: planned, calls: deps.records.callsMade() }, () =>
    planText(planned),
  );
  return exitCodes.ok;
}

async function run(
  { deps, store }: BackfillParts,
  flags: BackfillFlags,
  { stdout, stderr, signal }: BackfillContext,
): Promise<ExitCode> {
  const started = systemClock.monotonic();
  // From here on an empty database belongs to this org, which a slip of the hand must not decide.
  if (flags.resume && (await store.runs.unfinishedRun()) === undefined)
    throw new UmbraError(
      'SYNC_NOTHING_TO_RESUME',
      'there is no unfinished backfill; start one without --resume',
    );
  await store.org.remember(await deps.records.org());
  const reprojected = await reprojectChanged(deps.mirror, sha256);
  if (reprojected.length > 0) deps.mirror.log.info({ objects: reprojected }, 'projected anew');
  const view = progressView(stderr, () => systemClock.monotonic());
  try {
    const report = await runBackfill(deps, {
      objects: flags.objects ?? mirroredObjectNames,
      ...(flags.since === null ? {} : { since: flags.since }),
      resume: flags.resume,
      ...(flags.verify ? { verify: store.comparison } : {}),
      signal,
      onProgress: view.show,
    });
    view.end();
    const finished = {
      report,
      parked: await store.inspection.listParked({ limit: PARKED_SHOWN }),
      seconds: (systemClock.monotonic() - started) / 1_000,
    };
    answer(
      stdout,
      flags,
      { ...finished.report, parkedRows: finished.parked, seconds: finished.seconds },
      () => finishedText(finished),
    );
    if (report.outcome === 'interrupted') return exitCodes.interrupted;
    return driftOf(report.verification ?? []) > 0 ? exitCodes.different : exitCodes.ok;
  } catch (error) {
    view.end();
    if (await canResume(store))
      stderr.write('The backfill is not complete. What has landed is kept; continue with --resume.\n');
    throw error;
  }
}

/** Says nothing when PostgreSQL is what failed: the error itself tells enough. */
async function canResume(store: BackfillParts['store']): Promise<boolean> {
  return (await store.runs.unfinishedRun().catch(() => undefined)) !== undefined;
}

function answer(
  stdout: BackfillContext['stdout'],
  { json }: BackfillFlags,
  value: unknown,
  text: () => string,
): void {
  stdout.write(`${json ? JSON.stringify(value, undefined, 2) : text()}\n`);
}
