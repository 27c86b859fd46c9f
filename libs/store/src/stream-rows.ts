import type { MirroredObjectName, StreamPosition } from '@umbra/domain';
import { sql } from './sql.ts';

/** Columns of `sf_stream` that a position consists of. */
export interface PositionRow {
  epoch: number;
  replay_id: Buffer | null;
  next_seq: string;
  commit_number: string | null;
  commit_timestamp: Date | null;
  evidence_from: Date | null;
  evidence_at: Date | null;
}

export const positionColumns = sql`
  epoch, replay_id, next_seq, commit_number, commit_timestamp, evidence_from, evidence_at`;

export function positionOf(row: PositionRow): StreamPosition {
  return {
    epoch: row.epoch,
    replayId: row.replay_id,
    commitNumber: row.commit_number === null ? null : BigInt(row.commit_number),
    commitTimestamp: row.commit_timestamp?.toISOString() ?? null,
    evidenceAt: row.evidence_at,
    evidenceFrom: row.evidence_from,
    nextSeq: BigInt(row.next_seq),
  };
}

export interface StreamRow extends PositionRow {
  stream_id: number;
  objects: MirroredObjectName[];
}

/**
 * The topic is still this owner's, and stands where its owner left it: `$1` stream, `$2` fence, `$3` owner, `$4` the
 * number seen. After a failover to a server that was behind, fences are given twice and positions are behind what is
 * in memory; going on from memory would leave out what was lost in between.
 */
export const stillOurs = sql`WHERE stream_id = $1 AND fence = $2 AND lease_owner = $3 AND next_seq >= $4`;

/** The row of a stream, locked until the transaction ends: appends of its owner wait. */
export const lockedStream = sql`SELECT stream_id, objects, ${positionColumns} FROM sf_stream`;
