import type { MirroredObjectName, PendingChange, Version } from '@umbra/domain';

/** A change joined with the event that it came in. */
export interface PendingRow {
  stream_id: number;
  stream_seq: string;
  ord: number;
  object: MirroredObjectName;
  record_id: string;
  v: Version;
  change_type: string;
  committed_at: Date;
  schema_id: string;
  payload: Uint8Array;
}

export function pendingChange(row: PendingRow): PendingChange {
  return {
    streamId: row.stream_id,
    streamSeq: BigInt(row.stream_seq),
    object: row.object,
    recordId: row.record_id,
    version: row.v,
    changeType: row.change_type,
    committedAt: row.committed_at.toISOString(),
    schemaId: row.schema_id,
    payload: row.payload,
  };
}
