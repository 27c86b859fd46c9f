import type { MirroredObjectName } from '@umbra/domain';
import { throwIfStopped } from '../backfill/stop.ts';
import { pause } from '../backfill/slice-lease.ts';
import { readShape } from '../mirror/read-shape.ts';
import { reconcileTuningOf, type ReconcileDeps } from './reconcile-deps.ts';
import type { RowsOptions } from './reconcile-rows.ts';
import { queryRows } from './rest-rows.ts';

/** Ids of one query; the source splits it further where it is too long. */
const IDS_PER_QUERY = 200;

export interface Settled {
  /** Times that rows were read, the first reading included. */
  readonly passes: number;
  /** Rows about which shadow and Salesforce did not agree in any reading. */
  readonly unsettled: readonly string[];
}

export interface SettleOptions extends Pick<RowsOptions, 'claimedUntil' | 'tally'> {
  readonly signal: AbortSignal;
}

/**
 * Reads rows again, each time under a fresh stamp, until the shadow agrees with what was just read. One reading under an
 * old stamp is not enough: where an event above the stamp hid that a later one was lost, the read loses to the former.
 *
 * The readings together outlast the staleness of any answer, so that what hid a row from the first has been overtaken
 * by the stamp of the last. Left are records that change all the time.
 */
export async function settleRows(
  deps: ReconcileDeps,
  object: MirroredObjectName,
  again: readonly string[],
  options: SettleOptions,
): Promise<Settled> {
  const { mostAgain, passes: most } = reconcileTuningOf(deps);
  let pending: readonly string[] = again.slice(0, mostAgain);
  const beyond = again.slice(mostAgain);
  const pauseMs = Math.ceil((deps.backfill.mirror.sourceStalenessMs * 1.2) / Math.max(1, most - 1));
  let passes = 1;
  while (pending.length > 0 && passes < most) {
    await pause(deps.backfill, pauseMs, options.signal);
    passes++;
    pending = await readOnce(deps, object, pending, options);
  }
  return { passes, unsettled: [...pending, ...beyond] };
}

async function readOnce(
  deps: ReconcileDeps,
  object: MirroredObjectName,
  ids: readonly string[],
  options: SettleOptions,
): Promise<readonly string[]> {
  const { mirror, records } = deps.backfill;
  const shape = await readShape(mirror, records, object);
  const pending: string[] = [];
  for (let from = 0; from < ids.length; from += IDS_PER_QUERY) {
    throwIfStopped(options.signal);
    const values = ids.slice(from, from + IDS_PER_QUERY).map((value) => ({ type: 'id', value }) as const);
    const where = [{ field: 'Id', op: 'in', values } as const];
    pending.push(...(await queryRows(deps, object, where, { ...options, shape })).again);
  }
  return pending;
}
