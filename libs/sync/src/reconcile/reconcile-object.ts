import { driftRows, type Drift, type JsonValue, type MirroredObjectName, type Version } from '@umbra/domain';
import { releaseWaiting } from '../apply/release-waiting.ts';
import { throwIfStopped } from '../backfill/stop.ts';
import { epochOf } from '../coverage/epoch-of.ts';
import { closableBy, noteUnread, seenUntil } from '../coverage/closable-holes.ts';
import { holdingRun, type HeldRun } from '../nightly/holding-run.ts';
import { sweepIds } from '../sweep/id-sweep.ts';
import { readDeeply } from './deep-read.ts';
import { settleRows } from './fixed-point.ts';
import { compareRanges } from './range-digests.ts';
import { reconcileTuningOf, type ReconcileDeps } from './reconcile-deps.ts';
import { Tally } from './tally.ts';

/** `nightly`: digests of id ranges, then the id sweep. `deep`: every row. */
export type ReconcileDepth = 'nightly' | 'deep';

export interface ReconcileReport {
  readonly object: MirroredObjectName;
  readonly depth: ReconcileDepth;
  /**
   * `equal`: nothing differed. `repaired`: what differed is repaired. `halted`: more records would go than can be
   * believed, people have to look. `unsettled`: some rows differed in every reading.
   */
  readonly outcome: 'equal' | 'repaired' | 'halted' | 'unsettled';
  readonly rowsCompared: number;
  /** Rows that Salesforce sent. */
  readonly rowsMoved: number;
  /** Rows that are newer than what was claimed when the comparison began: no drift. */
  readonly inFlight: number;
  readonly drift: Drift;
  readonly driftRows: number;
  readonly examples: readonly { readonly kind: string; readonly recordId: string }[];
  readonly ranges: { readonly compared: number; readonly opened: number } | null;
  readonly passes: number;
  readonly unsettled: number;
  readonly sweep: { readonly listed: number; readonly absent: number } | { readonly missing: number } | null;
  /** Source time up to which the shadow is proven to equal Salesforce; null: nothing is proven. */
  readonly equalAsOf: string | null;
  readonly calls: number;
}

/** A report with the hash that it can be held to. */
export interface StoredReconcileReport extends ReconcileReport {
  readonly run: string;
  readonly hash: string;
}

export interface ReconcileOptions {
  readonly object: MirroredObjectName;
  readonly depth: ReconcileDepth;
  readonly signal: AbortSignal;
  /** Merge every row of a deep comparison, as the repair of a hole asks for. */
  readonly mergeAll?: boolean;
  /** A human has looked at a halted sweep and says that the records are really gone. */
  readonly confirmed?: boolean;
}

/**
 * Compares one object with Salesforce, repairs what differs, and stores what it found. Interrupted, it goes on where it
 * was. A deep comparison proves the object up to its start; a nightly one leaves that to the delta before it, and
 * proves which records exist.
 *
 * @throws UmbraError SYNC_BUSY while another process compares the object; SF_BULK_ROW_COUNT and what the sources throw
 * @throws Stopped
 */
export async function reconcileObject(
  deps: ReconcileDeps,
  options: ReconcileOptions,
): Promise<StoredReconcileReport> {
  const { depth, object, signal } = options;
  const kind = depth === 'deep' ? 'reconcile-deep' : 'reconcile';
  const { leaseSeconds } = reconcileTuningOf(deps);
  return holdingRun(
    deps.backfill,
    deps.upkeep,
    { kind, subject: object, leaseSeconds, signal },
    async (held) => {
      const callsAtStart = deps.backfill.records.callsMade();
      const compared = await (depth === 'deep' ? compareDeeply : compareDigests)(deps, held, options);
      const report = await conclude(deps, held, options, compared, callsAtStart);
      const hash = await held.finish(report as unknown as JsonValue);
      return { ...report, run: held.run.id, hash };
    },
  );
}

interface Compared {
  readonly tally: Tally;
  readonly passes: number;
  readonly unsettled: readonly string[];
  readonly ranges: ReconcileReport['ranges'];
  readonly callsBefore: number;
  /** What the read proves; a comparison of digests proves nothing about rows. */
  readonly proof: { readonly stamp: Version; readonly begunAt: Date } | null;
}

async function compareDeeply(
  deps: ReconcileDeps,
  { run, save, signal }: HeldRun,
  { mergeAll = false, object }: ReconcileOptions,
): Promise<Compared> {
  const read = await readDeeply(deps, object, { signal, mergeAll, progress: run.progress, save });
  const { again, callsBefore, claimedUntil, tally } = read;
  const { passes, unsettled } = await settleRows(deps, object, again, { claimedUntil, tally, signal });
  // A row that was older than its stamp claims and never caught up proves nothing about the read that it is part of.
  return { tally, passes, unsettled, ranges: null, callsBefore, proof: read };
}

async function compareDigests(
  deps: ReconcileDeps,
  { signal }: HeldRun,
  { object }: ReconcileOptions,
): Promise<Compared> {
  const tally = new Tally();
  const claimedUntil = (await deps.reads.coveredAt(object))?.toISOString() ?? null;
  const options = { claimedUntil, tally, signal };
  const { again, compared, opened } = await compareRanges(deps, object, options);
  const { passes, unsettled } = await settleRows(deps, object, again, options);
  return { tally, passes, unsettled, ranges: { compared, opened }, callsBefore: 0, proof: null };
}

async function conclude(
  deps: ReconcileDeps,
  { run, signal }: HeldRun,
  { confirmed = false, depth, object }: ReconcileOptions,
  compared: Compared,
  callsAtStart: number,
): Promise<ReconcileReport> {
  const { callsBefore, passes, proof, ranges, tally, unsettled } = compared;
  const { backfill } = deps;
  while ((await releaseWaiting(backfill.mirror)) > 0) throwIfStopped(signal);
  const tuning = { ...backfill.tuning, pageRows: reconcileTuningOf(deps).sweepPageRows };
  const sweeping = { backfill: { ...backfill, tuning }, ledger: deps.ledger };
  const sweep = await sweepIds(sweeping, object, { signal, confirmed });
  if (sweep.kind === 'complete') tally.noteGhosts(sweep.absent);
  if (proof !== null && sweep.kind === 'complete') await prove(deps, object, run.id, proof);
  const asOf = await deps.reads.coveredAt(object);
  const rows = driftRows(tally.drift);
  const { drift, examples, inFlight, moved } = tally.facts();
  if (unsettled.length > 0)
    backfill.mirror.log.error(
      { object, pending: unsettled.length, recordIds: unsettled.slice(0, 10) },
      'rows differ in every reading',
    );
  if (rows > 0) backfill.mirror.log.warn({ object, drift: rows }, 'drift found and repaired');
  return {
    object,
    depth,
    outcome: outcomeOf(sweep.kind, unsettled.length, rows + drift.calculated),
    rowsCompared: tally.compared,
    rowsMoved: moved,
    inFlight,
    drift,
    driftRows: rows,
    examples,
    ranges,
    passes,
    unsettled: unsettled.length,
    sweep:
      sweep.kind === 'complete' ? { listed: sweep.listed, absent: sweep.absent } : { missing: sweep.missing },
    equalAsOf: asOf?.toISOString() ?? null,
    calls: callsBefore + backfill.records.callsMade() - callsAtStart,
  };
}

function outcomeOf(
  sweep: 'complete' | 'halted',
  unsettled: number,
  found: number,
): ReconcileReport['outcome'] {
  if (sweep === 'halted') return 'halted';
  if (unsettled > 0) return 'unsettled';
  return found > 0 ? 'repaired' : 'equal';
}

/** The complete read as evidence, and the holes that it reaches over closed with it. */
async function prove(
  deps: ReconcileDeps,
  object: MirroredObjectName,
  runId: string,
  { begunAt, stamp }: { readonly begunAt: Date; readonly stamp: Version },
): Promise<void> {
  const { ledger } = deps;
  const to = new Date(begunAt.getTime() - deps.backfill.mirror.sourceStalenessMs);
  const seen = seenUntil(deps, to);
  const closes = await closableBy(deps, object, { stamp, through: to, seenUntil: seen, from: null });
  const interval = { object, facet: 'rows', from: null, to, seenUntil: seen, via: 'reconcile' } as const;
  await ledger.prove({ ...interval, runId, stamp, epoch: epochOf(stamp) }, closes.ids);
  await noteUnread(deps, object, to, closes.unread);
}
