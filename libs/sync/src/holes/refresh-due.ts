import {
  mirroredObjectNames,
  type Absence,
  type CoverageLedger,
  type DirtyRecords,
  type MirroredObjectName,
  type RecordSource,
  type Version,
} from '@umbra/domain';
import { applyInputs } from '../apply/apply-inputs.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { readRecords } from '../refresh/refresh-records.ts';
import type { StaleReadGuard } from '../refresh/stale-read-guard.ts';
import { isPlausibleAbsence } from '../sweep/absence-band.ts';
import type { Patience } from './patience.ts';

export interface RefreshDueDeps {
  readonly mirror: Mirror;
  readonly records: RecordSource;
  readonly dirty: DirtyRecords;
  readonly guard: StaleReadGuard;
  readonly patience: Patience;
  readonly ledger: CoverageLedger;
  readonly signal?: AbortSignal;
}

/** Records looked at in one round; a round comes every few seconds. */
const AT_ONCE = 2_000;

/**
 * Reads the records that events left incomplete: dirty ones, and those that no full image has reached. The rows are
 * the work list, so nothing is forgotten when a job or a process is.
 *
 * A record that Salesforce does not show is asked for again, ever less often: a CREATE is announced before REST can
 * read it. After a quarter of an hour it counts as absent, if so many absences can be believed.
 * @returns number of records read
 */
export async function refreshDue(deps: RefreshDueDeps): Promise<number> {
  let read = 0;
  for (const object of mirroredObjectNames) read += await refreshObject(deps, object);
  return read;
}

async function refreshObject(deps: RefreshDueDeps, object: MirroredObjectName): Promise<number> {
  const { dirty, ledger, mirror, patience, records } = deps;
  const wanted = new Map<string, Version | undefined>();
  for (const id of await mirror.store.waiting(object, 'image_missing', '', AT_ONCE))
    wanted.set(id, undefined);
  for (const { recordId, vGap } of await dirty.dirtyRecords(object, AT_ONCE)) wanted.set(recordId, vGap);
  const holes = (await ledger.openHoles()).filter(
    (hole) => hole.object === object && hole.scope === 'record',
  );
  for (const { recordId, version } of holes)
    if (recordId !== null) wanted.set(recordId, reach(wanted, recordId, version));
  const due = [...wanted.keys()].filter((id) => patience.isDue(id));
  if (due.length === 0) return 0;
  const atLeast = new Map<string, Version>();
  for (const id of due) {
    const version = wanted.get(id);
    if (version !== undefined) atLeast.set(id, version);
  }
  const options = deps.signal === undefined ? {} : { signal: deps.signal };
  const answer = await readRecords(mirror, records, object, due, {
    atLeast,
    guard: deps.guard,
    requestClass: 'gap',
    ...options,
  });
  const again = new Set([...answer.missing, ...answer.outdated, ...answer.refused]);
  for (const id of due) if (!again.has(id)) patience.forget(id);
  for (const { id, recordId, version } of holes) {
    if (recordId === null || !due.includes(recordId) || again.has(recordId)) continue;
    // Its read was stamped above the hole's version, as that version was what it had to reach.
    await ledger.closeRecords([id], 'refresh', version);
  }
  for (const id of [...answer.outdated, ...answer.refused]) patience.postpone(id);
  const given = answer.missing.filter((id) => patience.postpone(id) === 'exhausted');
  await declareAbsent(deps, object, given, atLeast);
  return answer.read;
}

/** The higher of what the record's row and its hole ask for. */
function reach(
  wanted: ReadonlyMap<string, Version | undefined>,
  recordId: string,
  version: Version | null,
): Version | undefined {
  const known = wanted.get(recordId);
  if (version === null) return known;
  return known === undefined || version > known ? version : known;
}

async function declareAbsent(
  { mirror, patience }: RefreshDueDeps,
  object: MirroredObjectName,
  ids: readonly string[],
  atLeast: ReadonlyMap<string, Version>,
): Promise<void> {
  if (ids.length === 0) return;
  const living = await mirror.store.livingCount(object);
  if (!isPlausibleAbsence(ids.length, living)) {
    mirror.log.error(
      { object, missing: ids.length, living },
      'records stay invisible; none is taken for deleted',
    );
    return;
  }
  const stampOf = await mirror.drawStamps(object);
  const absences = ids.map((recordId): Absence => ({
    kind: 'absence',
    object,
    recordId,
    version: stampOf(atLeast.get(recordId)),
    modifiedAt: null,
  }));
  await applyInputs(mirror, object, absences);
  for (const id of ids) patience.forget(id);
}
