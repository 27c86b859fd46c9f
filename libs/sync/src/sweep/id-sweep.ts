import {
  UmbraError,
  type Absence,
  type BulkPage,
  type CoverageLedger,
  type MirroredObjectName,
  type Version,
} from '@umbra/domain';
import { applyInputs } from '../apply/apply-inputs.ts';
import type { BackfillDeps } from '../backfill/backfill-deps.ts';
import { completedJob } from '../backfill/bulk-job.ts';
import { discardPage, walkPages } from '../backfill/page-chain.ts';
import { tidyAway } from '../backfill/slice-job.ts';
import { throwIfStopped } from '../backfill/stop.ts';
import { epochOf } from '../coverage/epoch-of.ts';
import { isPlausibleAbsence } from './absence-band.ts';

export interface SweepDeps {
  readonly backfill: BackfillDeps;
  readonly ledger: CoverageLedger;
}

/** `halted`: more would go than can be believed; nothing was touched, and people have to look. */
export type SweepResult =
  | { readonly kind: 'complete'; readonly listed: number; readonly absent: number }
  | { readonly kind: 'halted'; readonly missing: number; readonly living: number };

export interface SweepOptions {
  readonly signal: AbortSignal;
  /** A human has looked at a halted sweep and says that the records are really gone. */
  readonly confirmed?: boolean;
}

const CHUNK = 2_000;

/**
 * Finds deletions that no event told: lists the ids of every record of an object, and takes for absent what the
 * shadow holds as living and the list does not name.
 *
 * Promise: an absence is stamped like any read, before the job was asked for, so a record created meanwhile survives;
 * and none is claimed unless the list is complete and the number can be believed.
 *
 * @throws UmbraError SF_BULK_ROW_COUNT when fewer or more ids came than were promised @throws Stopped
 */
export async function sweepIds(
  deps: SweepDeps,
  object: MirroredObjectName,
  { confirmed = false, signal }: SweepOptions,
): Promise<SweepResult> {
  const { mirror } = deps.backfill;
  const stamp = await mirror.drawStamp(object);
  const job = await deps.backfill.bulk.create({ object, fields: ['Id'], where: [] }, 'query');
  const listed = await listIds(deps.backfill, object, job.id, signal);
  const { living, missing } = await findMissing(deps.backfill, object, listed, stamp, signal);
  if (!confirmed && !isPlausibleAbsence(missing.length, living)) {
    mirror.log.error({ object, missing: missing.length, living }, 'id sweep halted');
    return { kind: 'halted', missing: missing.length, living };
  }
  const absences = missing.map((recordId): Absence => ({
    kind: 'absence',
    object,
    recordId,
    version: stamp,
    modifiedAt: null,
  }));
  await applyInputs(mirror, object, absences);
  const to = new Date(job.createdAt.getTime() - mirror.sourceStalenessMs);
  const interval = { object, facet: 'deletes', from: null, to, via: 'sweep', runId: null } as const;
  await deps.ledger.prove({ ...interval, epoch: epochOf(stamp), stamp }, []);
  return { kind: 'complete', listed: listed.size, absent: absences.length };
}

async function listIds(
  deps: BackfillDeps,
  object: MirroredObjectName,
  jobId: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { numberRecordsProcessed: promised } = await completedJob(deps, jobId, signal, () => undefined);
  const ids = new Set<string>();
  let received = 0;
  const take = async (_locator: string, page: BulkPage): Promise<void> => {
    const column = page.columns.indexOf('Id');
    try {
      for await (const rows of page.batches) {
        throwIfStopped(signal);
        received += rows.length;
        for (const row of rows) ids.add(row[column] ?? '');
      }
    } finally {
      await discardPage(page);
    }
  };
  await walkPages(deps, { jobId, landed: new Map(), signal, take });
  await tidyAway(deps, jobId);
  if (received !== promised) {
    throw new UmbraError('SF_BULK_ROW_COUNT', 'the list of ids is incomplete', {
      details: { object, promised, received },
    });
  }
  return ids;
}

/** Living records that the list lacks and that nothing newer than the list speaks for. */
async function findMissing(
  { mirror: { store } }: BackfillDeps,
  object: MirroredObjectName,
  listed: ReadonlySet<string>,
  stamp: Version,
  signal: AbortSignal,
): Promise<{ readonly living: number; readonly missing: readonly string[] }> {
  const missing: string[] = [];
  for (let after = ''; ;) {
    throwIfStopped(signal);
    const ids = await store.recordIdsAfter(object, after, CHUNK);
    const last = ids.at(-1);
    if (last === undefined) break;
    after = last;
    const unlisted = ids.filter((id) => !listed.has(id));
    if (unlisted.length === 0) continue;
    const known = await store.peek(object, unlisted);
    for (const id of unlisted) {
      const state = known.get(id)?.state;
      if (state?.alive === true && state.vAlive < stamp) missing.push(id);
    }
  }
  return { living: await store.livingCount(object), missing };
}
