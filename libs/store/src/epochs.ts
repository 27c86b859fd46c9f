import { encodeVersion, type HoleCause, type MirroredObjectName } from '@umbra/domain';
import { execute, only, query, type Connection } from './connection-pool.ts';
import { openHole } from './holes.ts';
import type { StreamRow } from './stream-rows.ts';
import { sql } from './sql.ts';

/** The highest epoch that any of these objects is in; their rows are locked, and made where there are none. */
export async function lockEpochs(
  connection: Connection,
  objects: readonly MirroredObjectName[],
): Promise<number> {
  await execute(
    connection,
    sql`INSERT INTO sf_object_state (object) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING`,
    [objects.toSorted()],
  );
  const rows = await query<{ epoch: number }>(
    connection,
    sql`SELECT epoch FROM sf_object_state WHERE object = ANY ($1) ORDER BY object FOR UPDATE`,
    [objects],
  );
  return Math.max(0, ...rows.map(({ epoch }) => epoch));
}

/**
 * Begins a numbering for these objects. All that was proven in the old one stops counting, so each of them gets a hole,
 * which only a read stamped in the new epoch closes.
 * @param provenAt up to when the log was complete; null: the hole reaches back to what coverage proves, or to now
 */
export async function beginEpoch(
  connection: Connection,
  objects: readonly MirroredObjectName[],
  epoch: number,
  cause: HoleCause,
  provenAt: Date | null,
): Promise<void> {
  const bottom = encodeVersion({ epoch, commitNumber: 0n, sequenceNumber: 0, rank: 0, readSeq: 0n });
  for (const object of objects.toSorted()) {
    const raised = await execute(
      connection,
      sql`UPDATE sf_object_state SET epoch = $2 WHERE object = $1 AND epoch < $2`,
      [object, epoch],
    );
    if (raised === 0) continue;
    const from = provenAt ?? (await lastProof(connection, object));
    await openHole(connection, { object, scope: 'object', recordId: null, cause, from, version: bottom });
  }
}

async function lastProof(connection: Connection, object: MirroredObjectName): Promise<Date> {
  const rows = await query<{ at: Date }>(
    connection,
    sql`SELECT coalesce((SELECT max(to_at) FROM sf_coverage WHERE object = $1 AND facet = 'rows'), sf_now()) AS at`,
    [object],
  );
  return only(rows).at;
}

/** What the stream has proven so far becomes an interval of its own; its next evidence begins anew. */
export async function settleEvidence(connection: Connection, stream: StreamRow): Promise<void> {
  if (stream.evidence_from !== null && stream.evidence_at !== null) {
    await execute(
      connection,
      sql`INSERT INTO sf_coverage (object, facet, from_at, to_at, via, epoch)
          SELECT object, 'rows', $2, $3, 'stream', $4 FROM unnest($1::text[]) AS object`,
      [stream.objects, stream.evidence_from, stream.evidence_at, stream.epoch],
    );
  }
  await execute(
    connection,
    sql`UPDATE sf_stream SET evidence_from = NULL, evidence_at = NULL WHERE stream_id = $1`,
    [stream.stream_id],
  );
}
