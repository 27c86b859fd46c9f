import {
  provenThrough,
  UmbraError,
  type BackfillRun,
  type BackfillSlice,
  type BulkPage,
  type Leaves,
  type MergeInput,
  type MirroredObjectName,
  type RecordState,
} from '@umbra/domain';
import { readShape, statementOf, type ReadFacts } from '../mirror/read-shape.ts';
import type { BackfillDeps } from './backfill-deps.ts';
import { completedJob, conditionsOf } from './bulk-job.ts';
import { discardPage, walkPages } from './page-chain.ts';
import { RowEncoder } from './row-encoder.ts';
import { tidyAway } from './slice-job.ts';
import { throwIfStopped } from './stop.ts';

/** How one object's shadow compares with a fresh read of Salesforce. Stored leaves and existence count, formulas do not. */
export interface ObjectVerification {
  readonly object: MirroredObjectName;
  readonly checked: number;
  /** Rows with another value or another existence. */
  readonly differing: number;
  /** Rows that the shadow does not know. */
  readonly missing: number;
  /** Living records of the shadow that the read did not show; only counted when the read was of the whole object. */
  readonly unexpected: number;
  /** Rows modified after the backfill had read them: not yet known, hence no drift. */
  readonly changedSince: number;
  /** Up to ten ids of rows that differ or are missing. */
  readonly examples: readonly string[];
}

/** Rows that are wrong: the measure of drift. */
export function driftOf(verification: readonly ObjectVerification[]): number {
  return verification.reduce((sum, one) => sum + one.differing + one.missing + one.unexpected, 0);
}

/** Rows compared per look at the store. */
const CHUNK = 2_000;
const EXAMPLES = 10;

type Tally = { -readonly [K in Exclude<keyof ObjectVerification, 'object'>]: ObjectVerification[K] } & {
  living: number;
};

/** Reads every object of the run once more and compares, without writing. */
export async function verifyRun(
  deps: BackfillDeps,
  run: BackfillRun,
  slices: readonly BackfillSlice[],
  signal: AbortSignal,
): Promise<readonly ObjectVerification[]> {
  const verified: ObjectVerification[] = [];
  for (const object of run.objects) {
    const own = slices.filter((slice) => slice.object === object);
    const tally: Tally = {
      checked: 0,
      differing: 0,
      missing: 0,
      unexpected: 0,
      changedSince: 0,
      examples: [],
      living: 0,
    };
    for (const slice of own) await compareSlice(deps, slice, run.since, tally, signal);
    const { living, ...counts } = tally;
    const known = run.since === null ? await deps.mirror.store.livingCount(object) : living;
    verified.push({ object, ...counts, unexpected: Math.max(0, known - living) });
  }
  return verified;
}

async function compareSlice(
  deps: BackfillDeps,
  slice: BackfillSlice,
  since: string | null,
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const shape = await readShape(deps.mirror, deps.records, slice.object);
  const stamp = await deps.mirror.drawStamp(slice.object);
  const fields = shape.schema.leaves.map(({ name }) => name);
  const job = await deps.bulk.create(
    { object: slice.object, fields, where: conditionsOf(slice, since) },
    'queryAll',
  );
  const facts = { shape, stamp, readAt: job.createdAt.toISOString() };
  const seenUpTo = slice.readAt === null ? null : provenThrough(slice.readAt).toISOString();
  const { numberRecordsProcessed: promised } = await completedJob(deps, job.id, signal, () => undefined);
  let received = 0;
  await walkPages(deps, {
    jobId: job.id,
    landed: new Map(),
    signal,
    take: async (_locator, page) => {
      const rows = await comparePage(deps, facts, page, seenUpTo, tally, signal).finally(() =>
        discardPage(page),
      );
      received += rows;
    },
  });
  await tidyAway(deps, job.id);
  if (received !== promised) {
    throw new UmbraError('SF_BULK_ROW_COUNT', 'the read to compare with is incomplete', {
      details: { object: slice.object, promised, received },
    });
  }
}

/** Rows arrive in small batches; the store is asked about many at a time. @returns rows received */
async function comparePage(
  deps: BackfillDeps,
  facts: ReadFacts,
  page: BulkPage,
  seenUpTo: string | null,
  tally: Tally,
  signal: AbortSignal,
): Promise<number> {
  const { object } = facts.shape;
  const encoder = new RowEncoder(facts.shape, page.columns, deps.mirror.projector(object));
  let received = 0;
  let pending: MergeInput[] = [];
  const flush = async (): Promise<void> => {
    const chunk = pending;
    pending = [];
    await compareChunk(deps, object, chunk, seenUpTo, tally);
  };
  for await (const rows of page.batches) {
    throwIfStopped(signal);
    received += rows.length;
    for (const row of rows) {
      const staged = encoder.encode(row);
      pending.push(statementOf(facts, staged.recordId, JSON.parse(staged.payload) as Leaves));
    }
    if (pending.length >= CHUNK) await flush();
  }
  await flush();
  return received;
}

async function compareChunk(
  deps: BackfillDeps,
  object: MirroredObjectName,
  statements: readonly MergeInput[],
  seenUpTo: string | null,
  tally: Tally,
): Promise<void> {
  const known = await deps.mirror.store.peek(
    object,
    statements.map(({ recordId }) => recordId),
  );
  for (const statement of statements) {
    const state = known.get(statement.recordId)?.state;
    tally.checked++;
    if (state?.alive === true && statement.kind === 'read') tally.living++;
    const verdict = compare(deps, state, statement);
    if (verdict === 'same') continue;
    const modified = statement.modifiedAt;
    if (modified !== null && seenUpTo !== null && modified > seenUpTo) {
      tally.changedSince++;
      if (state?.alive === true && statement.kind !== 'read') tally.living++;
      continue;
    }
    tally[verdict]++;
    if (tally.examples.length < EXAMPLES) tally.examples = [...tally.examples, statement.recordId];
  }
}

function compare(
  deps: BackfillDeps,
  state: RecordState | undefined,
  statement: MergeInput,
): 'same' | 'differing' | 'missing' {
  if (statement.kind !== 'read') return state?.alive === true ? 'differing' : 'same';
  if (state === undefined) return 'missing';
  if (!state.alive || !('revision' in statement.image)) return 'differing';
  const leaves = deps.mirror.revisions.of(statement.object)(statement.image.revision);
  for (const leaf of leaves) {
    if ((state.leaves[leaf] ?? null) !== (statement.leaves[leaf] ?? null)) return 'differing';
  }
  return 'same';
}
