import {
  UmbraError,
  type Absence,
  type CoverageLedger,
  type MirroredObjectName,
  type Version,
} from '@umbra/domain';
import { applyInputs } from '../apply/apply-inputs.ts';
import { tuningOf, type BackfillDeps } from '../backfill/backfill-deps.ts';
import { completedJob } from '../backfill/bulk-job.ts';
import { discardPage } from '../backfill/page-chain.ts';
import { retryingPage } from '../backfill/page-retry.ts';
import { tidyAway } from '../backfill/slice-job.ts';
import { throwIfStopped } from '../backfill/stop.ts';
import { epochOf } from '../coverage/epoch-of.ts';
import { mostPlausible } from './absence-band.ts';

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

/**
 * What was told so shortly before the list was made may be missing from it because the list came from a replica that
 * was further behind than is assumed; in units of that assumption.
 */
const YOUNG = 3;

/**
 * Finds deletions that no event told: lists the ids of every record of an object, and takes for absent what the
 * shadow holds as living and the list does not name. The list passes through page by page.
 *
 * Promise: an absence is stamped like any read, before the job was asked for, so a record created meanwhile survives;
 * and none is claimed unless the list is complete and the number can be believed. A record of which an event told
 * shortly before is asked for by id instead.
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
  const { numberRecordsProcessed: promised } = await completedJob(
    deps.backfill,
    job.id,
    signal,
    () => undefined,
  );
  const list = new IdList(deps.backfill, object, job.id, promised, signal);
  const living = await mirror.store.livingCount(object);
  const staleness = mirror.sourceStalenessMs;
  const youngSince = new Date(job.createdAt.getTime() - YOUNG * staleness);
  const most = confirmed ? living + MARGIN : mostPlausible(living) + MARGIN;
  const { count, records } = await mirror.store.unlisted(object, list.batches(), { stamp, youngSince, most });
  await tidyAway(deps.backfill, job.id);
  if (!confirmed && count > mostPlausible(living)) {
    mirror.log.error({ object, missing: count, living }, 'id sweep halted');
    return { kind: 'halted', missing: count, living };
  }
  const absences = records.filter(({ young }) => !young);
  const young = records.filter((record) => record.young);
  await applyInputs(
    mirror,
    object,
    absences.map(({ recordId }) => absence(object, recordId, stamp)),
  );
  for (const { recordId } of young) {
    const hole = {
      object,
      scope: 'record',
      recordId,
      cause: 'gap',
      from: youngSince,
      version: stamp,
    } as const;
    await deps.ledger.open(hole);
  }
  const to = young.length > 0 ? youngSince : new Date(job.createdAt.getTime() - staleness);
  const interval = { object, facet: 'deletes', from: null, to, via: 'sweep', runId: null } as const;
  await deps.ledger.prove({ ...interval, epoch: epochOf(stamp), stamp }, []);
  return { kind: 'complete', listed: list.received, absent: absences.length };
}

/** Records that come while the sweep runs may be counted on one side only. */
const MARGIN = 1_000;

function absence(object: MirroredObjectName, recordId: string, version: Version): Absence {
  return { kind: 'absence', object, recordId, version, modifiedAt: null };
}

/** The result sets of a job as batches of ids, one set at a time; a set that breaks is fetched again. */
class IdList {
  readonly #deps: BackfillDeps;
  readonly #object: MirroredObjectName;
  readonly #jobId: string;
  readonly #promised: number | null;
  readonly #signal: AbortSignal;
  received = 0;

  constructor(
    deps: BackfillDeps,
    object: MirroredObjectName,
    jobId: string,
    promised: number | null,
    signal: AbortSignal,
  ) {
    this.#deps = deps;
    this.#promised = promised;
    this.#object = object;
    this.#jobId = jobId;
    this.#signal = signal;
  }

  /** @throws UmbraError SF_BULK_ROW_COUNT, SF_RESPONSE_INVALID and what the source throws @throws Stopped */
  async *batches(): AsyncGenerator<readonly string[]> {
    const visited = new Set<string>();
    for (let locator: string | null = ''; locator !== null;) {
      const at: string = locator;
      if (visited.has(at))
        throw this.#failure('SF_RESPONSE_INVALID', 'the pages of a Bulk job lead in a circle');
      visited.add(at);
      const { ids, next } = await retryingPage(this.#deps, this.#signal, () => this.#page(at));
      this.received += ids.length;
      yield ids;
      locator = next;
    }
    if (this.received !== this.#promised)
      throw this.#failure('SF_BULK_ROW_COUNT', 'the list of ids is incomplete');
  }

  async #page(locator: string): Promise<{ readonly ids: readonly string[]; readonly next: string | null }> {
    const page = await this.#deps.bulk.page(this.#jobId, locator, tuningOf(this.#deps).pageRows);
    const column = page.columns.indexOf('Id');
    const ids: string[] = [];
    try {
      for await (const rows of page.batches) {
        throwIfStopped(this.#signal);
        for (const row of rows) ids.push(row[column] ?? '');
      }
    } finally {
      await discardPage(page);
    }
    return { ids, next: page.next };
  }

  #failure(code: 'SF_BULK_ROW_COUNT' | 'SF_RESPONSE_INVALID', what: string): UmbraError {
    const details = { object: this.#object, promised: this.#promised, received: this.received };
    return new UmbraError(code, what, { details });
  }
}
