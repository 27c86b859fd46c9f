import type {
  BackfillRun,
  BackfillSlice,
  MirroredObjectName,
  RunState,
  SliceState,
  Version,
} from '@umbra/domain';
import type * as generated from './generated/client.ts';

export function runOf(row: generated.BackfillRun): BackfillRun {
  return {
    id: row.id,
    objects: row.objects as MirroredObjectName[],
    since: row.since?.toISOString() ?? null,
    state: row.state as RunState,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    callsSpent: row.callsSpent,
  };
}

export function sliceOf(row: generated.BackfillSlice): BackfillSlice {
  return {
    run: row.run,
    slice: row.slice,
    object: row.object as MirroredObjectName,
    fromId: row.fromId,
    toId: row.toId,
    state: row.state as SliceState,
    jobId: row.jobId,
    stamp: row.stamp as Version | null,
    schemaRev: row.schemaRev,
    columns: row.columns.length === 0 ? null : row.columns,
    promised: row.promised,
    received: row.received,
    landedRows: row.landedRows,
    parkedRows: row.parkedRows,
    readAt: row.readAt,
    failures: row.failures,
  };
}
