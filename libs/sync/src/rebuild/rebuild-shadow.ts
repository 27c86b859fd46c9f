import {
  columnCell,
  mirroredObjectNames,
  UmbraError,
  type Archive,
  type ArchivedDay,
  type ColumnValues,
  type EventHistory,
  type KeptReads,
  type KeptRow,
  type KeptSlice,
  type Leaves,
  type LoggedEvent,
  type MirroredObjectName,
  type RawLogDays,
  type StagedRow,
} from '@umbra/domain';
import { applyInputs } from '../apply/apply-inputs.ts';
import { releaseWaiting } from '../apply/release-waiting.ts';
import { dropCachedObject } from '../apply/touched.ts';
import { landRows } from '../backfill/land-rows.ts';
import { Stopped, throwIfStopped } from '../backfill/stop.ts';
import type { Mirror } from '../mirror/mirror.ts';
import type { ImageShape, ReadFacts } from '../mirror/read-shape.ts';
import type { KeptSchemaBook } from './kept-schema-book.ts';
import { changesOf, mergeChanges } from './merge-events.ts';

export interface RebuildDeps {
  /** Made for this rebuild: it keeps no reads, since they are kept already, and does not heed the tombstone floor. */
  readonly mirror: Mirror;
  readonly kept: KeptReads;
  readonly schemas: KeptSchemaBook;
  readonly history: EventHistory;
  readonly days: Pick<RawLogDays, 'archived'>;
  readonly archive: Archive;
}

export interface RebuildOptions {
  readonly objects: readonly MirroredObjectName[];
  /** Raised: stop after the batch under way. Done again from the start, a rebuild comes to the same rows. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (step: string, done: number) => void;
}

export interface RebuiltObject {
  readonly object: MirroredObjectName;
  /** Start of the oldest read that is used, ISO 8601. */
  readonly since: string;
  /** Rows of kept pages. */
  readonly rows: number;
  /** Statements of reads by id. */
  readonly reads: number;
  /** Records that are alive afterwards. */
  readonly living: number;
}

export interface RebuildReport {
  readonly outcome: 'complete' | 'interrupted';
  readonly objects: readonly RebuiltObject[];
  readonly archivedDays: number;
  readonly events: number;
  /** Changes whose records have to be read from Salesforce: the worker does that by itself. */
  readonly poisoned: number;
}

/**
 * Change events are kept for 72 h, so one that a read has not seen is at most so much older than the read; one day more,
 * as the log is told apart by days.
 */
const LOG_BEFORE_READ_MS = 4 * 24 * 60 * 60 * 1000;

/**
 * Builds rows of the shadow from what was kept: pages of the newest complete read, reads since, and every event of the
 * archive and the log. Salesforce is not asked for anything.
 *
 * Promise: a record that was lost comes back with the values and versions that it had. Nothing is removed and nothing
 * newer is undone, since all of it goes through the merge; so it may run beside the worker, be stopped and be repeated.
 * It does not tell readers that rows are missing meanwhile: who has lost rows switches shadow reads off first.
 *
 * @throws UmbraError SYNC_NOTHING_KEPT before anything is written; STORE_ARCHIVE_MISSING, STORE_ARCHIVE_DAMAGED, STORE_*
 */
export async function rebuildShadow(deps: RebuildDeps, options: RebuildOptions): Promise<RebuildReport> {
  const signal = options.signal ?? new AbortController().signal;
  const plan = await planRebuild(deps, options.objects);
  const counts = new Map<MirroredObjectName, { rows: number; reads: number }>();
  const events = { events: 0, poisoned: 0 };
  let outcome: RebuildReport['outcome'] = 'complete';
  try {
    for (const { object, slices } of plan.objects) {
      const rows = await landSlices(deps, slices, signal, options);
      counts.set(object, { rows, reads: await mergeReads(deps, object, signal, options) });
    }
    await mergeHistory(deps, plan, signal, options, events);
    while ((await releaseWaiting(deps.mirror)) > 0) throwIfStopped(signal);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    outcome = 'interrupted';
  }
  const objects: RebuiltObject[] = [];
  for (const { object, since } of plan.objects) {
    await dropCachedObject(deps.mirror, object);
    const living = await deps.mirror.store.livingCount(object);
    objects.push({ object, since, living, ...(counts.get(object) ?? { rows: 0, reads: 0 }) });
  }
  return { outcome, objects, archivedDays: plan.archived.length, ...events };
}

export interface RebuildPlan {
  readonly objects: readonly {
    readonly object: MirroredObjectName;
    readonly slices: readonly KeptSlice[];
    readonly since: string;
  }[];
  /** First day of the log that may hold something that the reads have not seen. */
  readonly fromDay: string;
  /** Days that are in the archive alone. */
  readonly archived: readonly ArchivedDay[];
}

/**
 * What a rebuild would be made from; reads nothing but the lists.
 * @throws UmbraError SYNC_NOTHING_KEPT, STORE_ARCHIVE_MISSING when a day that is needed is nowhere
 */
export async function planRebuild(
  { archive, days, kept }: Pick<RebuildDeps, 'archive' | 'days' | 'kept'>,
  wanted: readonly MirroredObjectName[],
): Promise<RebuildPlan> {
  const objects: RebuildPlan['objects'][number][] = [];
  for (const object of mirroredObjectNames) {
    if (!wanted.includes(object)) continue;
    const slices = await kept.slices(object);
    const [first] = slices;
    if (first === undefined) {
      throw new UmbraError('SYNC_NOTHING_KEPT', `no complete read of ${object} was kept`, {
        details: { object },
      });
    }
    objects.push({ object, slices, since: first.startedAt.toISOString() });
  }
  const oldest = Math.min(...objects.map(({ since }) => Date.parse(since)));
  const fromDay = new Date(oldest - LOG_BEFORE_READ_MS).toISOString().slice(0, 10);
  const archived = (await days.archived()).filter(
    ({ day, droppedAt }) => droppedAt !== null && day >= fromDay,
  );
  const present = new Set(archived.length === 0 ? [] : await archive.list());
  for (const { day, file } of archived) {
    if (present.has(file)) continue;
    throw new UmbraError('STORE_ARCHIVE_MISSING', 'a day of the log is not in the archive', {
      details: { day, file },
    });
  }
  return { objects, fromDay, archived };
}

/** Runs in the order of their start; a newer read replaces what an older one put there. */
async function landSlices(
  { kept, mirror }: RebuildDeps,
  slices: readonly KeptSlice[],
  signal: AbortSignal,
  { onProgress }: RebuildOptions,
): Promise<number> {
  let landed = 0;
  for (const slice of slices) {
    const facts = await factsOf(mirror, slice);
    for await (const rows of kept.rows(slice)) {
      throwIfStopped(signal);
      const staged = rows.map((row) => stagedRow(mirror, slice.object, row));
      await mirror.revisions.having(() =>
        mirror.store.transaction((tx) => landRows(mirror, tx, facts, once(staged))),
      );
      landed += rows.length;
      onProgress?.(slice.object, landed);
    }
  }
  return landed;
}

async function factsOf(mirror: Mirror, slice: KeptSlice): Promise<ReadFacts<ImageShape>> {
  const { columns, object, readAt, revision, stamp } = slice;
  await mirror.revisions.load(object, [revision]);
  const stored = await mirror.store.leavesOf(object, revision);
  const readOnly = columns.filter((name) => !stored.has(name)).sort();
  return { shape: { object, revision, schema: { stored: [...stored].sort(), readOnly } }, stamp, readAt };
}

/** The user's columns are worked out by the rules of today. */
function stagedRow(mirror: Mirror, object: MirroredObjectName, row: KeptRow): StagedRow {
  if (!row.alive) return { ...row, columns: null };
  const leaves = JSON.parse(row.payload) as Leaves;
  const columns: Record<string, ColumnValues[string]> = {};
  for (const bound of mirror.projector(object).columns) {
    const cell = columnCell(bound, leaves[bound.leaf]);
    if ('reason' in cell) return { ...row, columns: null };
    columns[bound.column] = cell.value;
  }
  return { ...row, columns };
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield await Promise.resolve(value);
}

async function mergeReads(
  { kept, mirror }: RebuildDeps,
  object: MirroredObjectName,
  signal: AbortSignal,
  { onProgress }: RebuildOptions,
): Promise<number> {
  let merged = 0;
  for await (const statements of kept.reads(object)) {
    throwIfStopped(signal);
    await applyInputs(mirror, object, statements);
    merged += statements.length;
    onProgress?.(`${object}, read by id`, merged);
  }
  return merged;
}

async function mergeHistory(
  deps: RebuildDeps,
  { archived, fromDay, objects }: RebuildPlan,
  signal: AbortSignal,
  { onProgress }: RebuildOptions,
  counts: { events: number; poisoned: number },
): Promise<void> {
  const wanted = new Set(objects.map(({ object }) => object));
  const merge = async (batches: AsyncIterable<readonly LoggedEvent[]>): Promise<void> => {
    for await (const events of batches) {
      throwIfStopped(signal);
      await deps.schemas.prepare(events.map(({ schemaId }) => schemaId));
      const merged = await mergeChanges(deps.mirror, deps.schemas, changesOf(deps.schemas, events, wanted));
      counts.events += events.length;
      counts.poisoned += merged.poisoned;
      onProgress?.('events', counts.events);
    }
  };
  for (const day of archived) await merge(deps.history.archived(day, deps.archive));
  await merge(deps.history.logged(fromDay));
}
