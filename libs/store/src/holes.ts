import type { Hole, HoleCause, MirroredObjectName, Version } from '@umbra/domain';
import { only, query, type Connection } from './connection-pool.ts';
import { sql } from './sql.ts';

interface HoleRow {
  id: string;
  object: MirroredObjectName;
  scope: Hole['scope'];
  record_id: string | null;
  cause: HoleCause;
  from_at: Date;
  v: Version | null;
  opened_at: Date;
  closed_at: Date | null;
  closed_by: string | null;
}

const columns = sql`id, object, scope, record_id, cause, from_at, v, opened_at, closed_at, closed_by`;

/** Opens a hole, or widens the one that is open for the same reason. */
export async function openHole(
  connection: Connection,
  hole: Pick<Hole, 'object' | 'scope' | 'recordId' | 'cause' | 'from' | 'version'>,
): Promise<Hole> {
  const rows = await query<HoleRow>(
    connection,
    sql`INSERT INTO sf_hole AS hole (object, scope, record_id, cause, from_at, v) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (object, scope, record_id, cause) WHERE closed_at IS NULL DO UPDATE
          SET from_at = least(hole.from_at, EXCLUDED.from_at), v = greatest(hole.v, EXCLUDED.v),
              opened_at = greatest(hole.opened_at, EXCLUDED.opened_at)
        RETURNING ${columns}`,
    [hole.object, hole.scope, hole.recordId, hole.cause, hole.from, hole.version],
  );
  return holeOf(only(rows));
}

/** Those that are open, oldest first. */
export async function readOpenHoles(connection: Connection): Promise<readonly Hole[]> {
  const rows = await query<HoleRow>(
    connection,
    sql`SELECT ${columns} FROM sf_hole WHERE closed_at IS NULL ORDER BY from_at, id`,
  );
  return rows.map(holeOf);
}

function holeOf(row: HoleRow): Hole {
  return {
    id: BigInt(row.id),
    object: row.object,
    scope: row.scope,
    recordId: row.record_id,
    cause: row.cause,
    from: row.from_at,
    openedAt: row.opened_at,
    version: row.v,
    closedAt: row.closed_at,
    closedBy: row.closed_by,
  };
}
