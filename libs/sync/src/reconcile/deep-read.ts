import { mirroredObjects, type JsonValue, type MirroredObjectName, type Version } from '@umbra/domain';
import { z } from 'zod';
import { conditionsOf } from '../backfill/bulk-job.ts';
import { idExtremes } from '../backfill/id-extremes.ts';
import { cutRange, wholeObject, type IdRange } from '../backfill/id-range.ts';
import { readByBulk } from './bulk-rows.ts';
import { reconcileTuningOf, type ReconcileDeps } from './reconcile-deps.ts';
import { reconcileRows } from './reconcile-rows.ts';
import { Tally, tallyShape } from './tally.ts';

/** One part of the object: read, or still to be read. */
const part = z.object({
  fromId: z.string().nullable(),
  toId: z.string().nullable(),
  /** Stamp and source time of its read; null: still to be read. */
  stamp: z.string().nullable(),
  begunAt: z.string().nullable(),
  revision: z.int().nullable(),
});

const progressShape = z.object({
  parts: z.array(part),
  tally: tallyShape,
  again: z.array(z.string()),
  claimedUntil: z.string().nullable(),
  calls: z.int(),
});

type Progress = z.infer<typeof progressShape>;

export interface DeepRead {
  /** Weakest stamp of all parts. */
  readonly stamp: Version;
  /** When the first part was begun, source time. */
  readonly begunAt: Date;
  readonly revision: number;
  readonly tally: Tally;
  readonly again: readonly string[];
  readonly claimedUntil: string | null;
  /** Salesforce calls of earlier attempts, by processes that did not come to the end. */
  readonly callsBefore: number;
}

export interface DeepReadOptions {
  readonly signal: AbortSignal;
  readonly mergeAll: boolean;
  /** What an earlier attempt saved; null at the start. */
  readonly progress: JsonValue;
  /** Called after each part. */
  readonly save: (progress: JsonValue) => Promise<void>;
}

/**
 * Reads an object in full, part by part, and compares and repairs every row on the way. A part that was read is not
 * read again after an interruption: what it proves is as old as its own read.
 * @throws UmbraError as `readByBulk` @throws Stopped
 */
export async function readDeeply(
  deps: ReconcileDeps,
  object: MirroredObjectName,
  options: DeepReadOptions,
): Promise<DeepRead> {
  const callsAtStart = deps.backfill.records.callsMade();
  const state = progressOf(options.progress) ?? (await plan(deps, object));
  const tally = Tally.from(state.tally);
  const again = new Set(state.again);
  const callsBefore = state.calls;
  for (const next of state.parts) {
    if (next.stamp !== null) continue;
    const read = await readByBulk(
      deps.backfill,
      object,
      conditionsOf(next, null),
      options.signal,
      async (facts, rows) => {
        const { claimedUntil } = state;
        tally.compared += rows.length;
        const mergeAll = options.mergeAll || showsCalculated(deps, object, facts.shape.schema.readOnly);
        for (const id of await reconcileRows(deps, facts, rows, { claimedUntil, mergeAll, tally }))
          again.add(id);
      },
    );
    next.stamp = read.facts.stamp;
    next.begunAt = read.begunAt.toISOString();
    next.revision = read.facts.shape.revision;
    state.tally = tally.facts();
    state.again = [...again];
    state.calls = callsBefore + deps.backfill.records.callsMade() - callsAtStart;
    await options.save(state);
  }
  return { ...weakest(state), tally, again: [...again], claimedUntil: state.claimedUntil, callsBefore };
}

/** Whether a column is fed by a value that only reads can tell: then the age of its last read counts. */
export function showsCalculated(
  { backfill: { mirror } }: Pick<ReconcileDeps, 'backfill'>,
  object: MirroredObjectName,
  readOnly: readonly string[],
): boolean {
  const own = new Set(mirroredObjects[object].readOnlyLeaves);
  return mirror.projector(object).columns.some(({ leaf }) => readOnly.includes(leaf) && !own.has(leaf));
}

function progressOf(saved: JsonValue): Progress | undefined {
  const parsed = progressShape.safeParse(saved);
  return parsed.success ? parsed.data : undefined;
}

async function plan(deps: ReconcileDeps, object: MirroredObjectName): Promise<Progress> {
  const { mirror, records } = deps.backfill;
  const living = await mirror.store.livingCount(object);
  const count = Math.ceil(living / reconcileTuningOf(deps).sliceRows);
  const known = count > 1 ? await idExtremes(records, object) : undefined;
  const ranges: readonly IdRange[] =
    known === undefined ? [wholeObject] : cutRange(wholeObject, count, known);
  const claimed = await deps.reads.coveredAt(object);
  return {
    parts: ranges.map((range) => ({ ...range, stamp: null, begunAt: null, revision: null })),
    tally: new Tally().facts(),
    again: [],
    claimedUntil: claimed?.toISOString() ?? null,
    calls: 0,
  };
}

/** All parts together prove as much as the weakest. */
function weakest({ parts }: Progress): { stamp: Version; begunAt: Date; revision: number } {
  let [stamp, begunAt, revision] = ['', '', Infinity];
  for (const one of parts) {
    if (stamp === '' || (one.stamp ?? '') < stamp) stamp = one.stamp ?? '';
    if (begunAt === '' || (one.begunAt ?? '') < begunAt) begunAt = one.begunAt ?? '';
    revision = Math.min(revision, one.revision ?? 0);
  }
  return { stamp: stamp as Version, begunAt: new Date(begunAt), revision };
}
