import {
  deltaProvesFrom,
  deltaStart,
  driftRows,
  isClosedByStream,
  isUmbraError,
  readThrough,
  type Condition,
  type Drift,
  type JsonValue,
  type MirroredObjectName,
  type Version,
} from '@umbra/domain';
import { closableBy, seenUntil } from '../coverage/closable-holes.ts';
import { epochOf } from '../coverage/epoch-of.ts';
import { holdingRun } from '../nightly/holding-run.ts';
import { readByBulk } from '../reconcile/bulk-rows.ts';
import { settleRows } from '../reconcile/fixed-point.ts';
import { reconcileTuningOf, type ReconcileDeps } from '../reconcile/reconcile-deps.ts';
import { reconcileRows } from '../reconcile/reconcile-rows.ts';
import { queryRows } from '../reconcile/rest-rows.ts';
import { Tally } from '../reconcile/tally.ts';

export interface DeltaReport {
  readonly object: MirroredObjectName;
  /** `no-base`: no complete read has proven the beginning, so there is nothing to add to. */
  readonly outcome: 'complete' | 'no-base';
  /** First modification stamp that was asked for; null without a base. */
  readonly since: string | null;
  /** Source time up to which it proves the object. */
  readonly through: string | null;
  readonly by: 'rest' | 'bulk' | null;
  readonly rowsMoved: number;
  readonly inFlight: number;
  readonly drift: Drift;
  /** Rows that the stream should have brought and had not. */
  readonly driftRows: number;
  readonly holesClosed: number;
  readonly calls: number;
}

export interface DeltaOptions {
  readonly object: MirroredObjectName;
  readonly signal: AbortSignal;
}

/**
 * Reads what was modified since the previous complete read, deleted records included, and merges what differs: what the
 * stream has lost without a sign is among it. The window begins a long transaction before the proof ends, since a
 * record may carry an older stamp than the moment at which it became visible.
 *
 * Runs may be missed or overlap: each begins where proof ends, and the proof moves only with a complete run.
 * @throws UmbraError SYNC_BUSY, SF_BULK_ROW_COUNT and what the sources throw; nothing is proven then @throws Stopped
 */
export async function pullDelta(deps: ReconcileDeps, { object, signal }: DeltaOptions): Promise<DeltaReport> {
  const { leaseSeconds } = reconcileTuningOf(deps);
  const hold = { kind: 'delta', subject: object, leaseSeconds, signal } as const;
  return holdingRun(deps.backfill, deps.upkeep, hold, async (held) => {
    const base = readThrough(await deps.ledger.intervals(object, 'rows'));
    const callsAtStart = deps.backfill.records.callsMade();
    const calls = (): number => deps.backfill.records.callsMade() - callsAtStart;
    let report: DeltaReport = { ...nothing(object), calls: calls() };
    if (base !== undefined) {
      const read = await readDelta(deps, object, base, { mergeAll: false, signal: held.signal });
      const closed = await prove(deps, object, held.run.id, read);
      const { tally } = read;
      report = {
        object,
        outcome: 'complete',
        since: read.since.toISOString(),
        through: read.through.toISOString(),
        by: read.by,
        rowsMoved: tally.moved,
        inFlight: tally.inFlight,
        drift: tally.drift,
        driftRows: driftRows(tally.drift),
        holesClosed: closed.length,
        calls: calls(),
      };
    }
    await held.finish(report as unknown as JsonValue);
    return report;
  });
}

function nothing(object: MirroredObjectName): DeltaReport {
  const tally = new Tally();
  return {
    object,
    outcome: 'no-base',
    since: null,
    through: null,
    by: null,
    rowsMoved: 0,
    inFlight: 0,
    drift: tally.drift,
    driftRows: 0,
    holesClosed: 0,
    calls: 0,
  };
}

export interface DeltaRead {
  readonly since: Date;
  /** Source times between which it proves the object. */
  readonly from: Date;
  readonly through: Date;
  readonly stamp: Version;
  readonly by: 'rest' | 'bulk';
  readonly tally: Tally;
}

/**
 * Rows modified after `provenUntil`, by REST while they are few, by Bulk above that; then those that lost to something
 * newer once more. Proves nothing by itself: whoever asked for it says what it is evidence of.
 */
export async function readDelta(
  deps: ReconcileDeps,
  object: MirroredObjectName,
  provenUntil: Date,
  { mergeAll, signal }: { readonly mergeAll: boolean; readonly signal: AbortSignal },
): Promise<DeltaRead> {
  const tally = new Tally();
  const since = deltaStart(provenUntil);
  const claimedUntil = (await deps.reads.coveredAt(object))?.toISOString() ?? null;
  const value = { type: 'datetime', value: since.toISOString() } as const;
  const where: readonly Condition[] = [{ field: 'SystemModstamp', op: '>=', value }];
  const options = { claimedUntil, tally, signal, mergeAll };
  const { again, begunAt, by, stamp } =
    (await byRest(deps, object, where, options)) ?? (await byBulk(deps, object, where, options));
  await settleRows(deps, object, again, options);
  const through = new Date(begunAt.getTime() - deps.backfill.mirror.sourceStalenessMs);
  return { since, from: deltaProvesFrom(since), through, stamp, by, tally };
}

interface ReadOptions {
  readonly claimedUntil: string | null;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  readonly mergeAll: boolean;
}

interface WindowRead extends Pick<DeltaRead, 'stamp' | 'by'> {
  readonly again: readonly string[];
  readonly begunAt: Date;
}

/** @returns undefined when the rows are too many */
async function byRest(
  deps: ReconcileDeps,
  object: MirroredObjectName,
  where: readonly Condition[],
  options: ReadOptions,
): Promise<WindowRead | undefined> {
  const maxRows = reconcileTuningOf(deps).restRows;
  try {
    const { again, read } = await queryRows(deps, object, where, { ...options, maxRows });
    return { again, begunAt: read.begunAt, stamp: read.stamp, by: 'rest' };
  } catch (error) {
    if (isUmbraError(error) && error.code === 'READ_LIVE_TOO_LARGE') return undefined;
    throw error;
  }
}

async function byBulk(
  deps: ReconcileDeps,
  object: MirroredObjectName,
  where: readonly Condition[],
  { signal, ...options }: ReadOptions,
): Promise<WindowRead> {
  const again: string[] = [];
  const { begunAt, facts } = await readByBulk(deps.backfill, object, where, signal, async (of, rows) => {
    again.push(...(await reconcileRows(deps, of, rows, options)));
  });
  return { again, begunAt, stamp: facts.stamp, by: 'bulk' };
}

/** The window as an interval, and with it the silences that it has come past; other holes also want an id sweep. */
async function prove(
  deps: ReconcileDeps,
  object: MirroredObjectName,
  runId: string,
  { from, stamp, through }: DeltaRead,
): Promise<readonly bigint[]> {
  const silences = new Set(
    (await deps.ledger.openHoles()).filter((hole) => isClosedByStream(hole)).map(({ id }) => id),
  );
  const seen = seenUntil(deps, through);
  const { ids } = await closableBy(deps, object, { from, stamp, through, seenUntil: seen });
  const interval = { object, facet: 'rows', from, to: through, seenUntil: seen, via: 'delta' } as const;
  return deps.ledger.prove(
    { ...interval, runId, stamp, epoch: epochOf(stamp) },
    ids.filter((id) => silences.has(id)),
  );
}
