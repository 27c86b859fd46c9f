import type { StreamStatus } from '@umbra/domain';
import { query, type Connection } from './connection-pool.ts';
import { positionColumns, positionOf, type StreamRow } from './stream-rows.ts';
import { sql } from './sql.ts';
import { behind, lanePositions } from './unapplied.ts';

interface StatusRow extends StreamRow {
  topic: string;
  lease_owner: string | null;
  lease_alive: boolean;
  fence: string;
  backlog: string;
  oldest_unapplied: Date | null;
}

/** Every topic for people: counts the backlog, so its cost grows with that. */
export async function readStreams(connection: Connection, lanes: number): Promise<readonly StreamStatus[]> {
  const rows = await query<StatusRow>(
    connection,
    sql`SELECT stream_id, topic, objects, ${positionColumns}, fence, lease_owner,
               coalesce(lease_owner IS NOT NULL AND lease_until > sf_now(), false) AS lease_alive,
               coalesce(backlog, 0) AS backlog, oldest_unapplied
        FROM sf_stream LEFT JOIN (
          SELECT at.stream_id, count(*) AS backlog, min(change.committed_at) AS oldest_unapplied
          FROM (${lanePositions}) AS at
          CROSS JOIN LATERAL (SELECT committed_at FROM sf_change AS change WHERE ${behind}) AS change
          GROUP BY at.stream_id
        ) AS waiting USING (stream_id)
        ORDER BY topic`,
    [lanes],
  );
  return rows.map((row) => ({
    ...positionOf(row),
    streamId: row.stream_id,
    topic: row.topic,
    objects: row.objects,
    owner: row.lease_owner,
    leaseAlive: row.lease_alive,
    fence: BigInt(row.fence),
    backlog: Number(row.backlog),
    oldestUnapplied: row.oldest_unapplied?.toISOString() ?? null,
  }));
}
