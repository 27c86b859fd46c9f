import { UmbraError, type BackfillSlice } from '@umbra/domain';
import { readShape, type ReadShape } from '../mirror/read-shape.ts';
import type { BackfillDeps } from './backfill-deps.ts';
import { conditionsOf } from './bulk-job.ts';

/** A slice whose Bulk job exists, with what its rows mean. */
export interface SliceJob {
  readonly jobId: string;
  readonly shape: ReadShape;
  readonly stamp: NonNullable<BackfillSlice['stamp']>;
  readonly readAt: Date;
}

/**
 * The slice's job: the one it has, or a new one. A new one is stamped before it is asked for, and stored before it is
 * looked at; so a crash leaves at most a job that nobody reads, never rows without a stamp.
 */
export async function ensureJob(
  deps: BackfillDeps,
  slice: BackfillSlice,
  since: string | null,
): Promise<SliceJob> {
  const shape = await readShape(deps.mirror, deps.records, slice.object);
  const existing = resumed(slice, shape);
  if (existing !== undefined) return existing;
  if (slice.jobId !== null) {
    // The fields of the object have changed since the job was made; its rows would lack some, or hold unknown ones.
    await abandonJob(deps, slice, slice.jobId);
  }
  const stamp = await deps.mirror.drawStamp(slice.object);
  const columns = shape.schema.leaves.map(({ name }) => name);
  const change = { stamp, columns, schemaRev: shape.revision };
  await deps.runs.updateSlice(slice.run, slice.slice, deps.owner, { ...change, state: 'creating' });
  const job = await deps.bulk.create(
    { object: slice.object, fields: columns, where: conditionsOf(slice, since) },
    'queryAll',
  );
  await deps.runs.updateSlice(slice.run, slice.slice, deps.owner, {
    state: 'querying',
    jobId: job.id,
    readAt: job.createdAt,
  });
  return { jobId: job.id, shape, stamp, readAt: job.createdAt };
}

function resumed(slice: BackfillSlice, shape: ReadShape): SliceJob | undefined {
  const { jobId, stamp, readAt, columns } = slice;
  if (jobId === null || stamp === null || readAt === null || columns === null) return undefined;
  const selected = shape.schema.leaves.map(({ name }) => name);
  const same =
    slice.schemaRev === shape.revision &&
    columns.length === selected.length &&
    selected.every((name, i) => columns[i] === name);
  return same ? { jobId, shape, stamp, readAt } : undefined;
}

/** Gives up a job: what has landed from it stays, and lands again under the next one's stamp. */
export async function abandonJob(
  deps: BackfillDeps,
  slice: BackfillSlice,
  jobId: string | null,
): Promise<void> {
  await deps.runs.forgetJob(slice.run, slice.slice, deps.owner);
  if (jobId !== null) await tidyAway(deps, jobId);
}

/** Frees the org's storage. A job that stays behind expires after seven days, so failing at this is no failure. */
export async function tidyAway(deps: BackfillDeps, jobId: string): Promise<void> {
  try {
    const job = await deps.bulk.status(jobId);
    if (job.state === 'UploadComplete' || job.state === 'InProgress') await deps.bulk.abort(jobId);
    else await deps.bulk.remove(jobId);
  } catch (error) {
    if (!(error instanceof UmbraError)) throw error;
    deps.mirror.log.debug({ code: error.code, jobId }, 'Bulk job left to expire');
  }
}
