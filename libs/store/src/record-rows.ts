import {
  NO_VERSION,
  UmbraError,
  type AsideReason,
  type Home,
  type Leaves,
  type MirroredObjectName,
  type RecordState,
  type StoredRecord,
  type Version,
} from '@umbra/domain';
import { query, type Connection } from './connection-pool.ts';
import { shadowTables, versionColumns } from './shadow-table.ts';
import { identifier, joined, type Sql, sql } from './sql.ts';

interface LoadedRow extends Omit<StoredRow, 'record_id'> {
  record_id: string | null;
  floor: Version | null;
}

interface StoredRow {
  record_id: string;
  alive: boolean;
  /** Null in the shadow table. */
  reason: AsideReason | null;
  master_id: string | null;
  leaves: Leaves;
  v_base: Version;
  schema_rev: number;
  v_fields: Record<string, Version>;
  v_read: Version;
  read_at: Date | null;
  v_alive: Version;
  v_gap: Version;
  gap_since: Date | null;
  v_max: Version;
  src_modified_at: Date | null;
}

const versions = joined(versionColumns.map(([name]) => identifier(name)));

/** Not FOR UPDATE: the key of a record never changes, and prices only need their product to stay where it is. */
const locked = sql`FOR NO KEY UPDATE`;
const unlocked = sql``;

/** One statement for both homes: with two, a record that moves in between would be in neither. */
function bothHomes(object: MirroredObjectName, lock: Sql): Sql {
  const { name, key } = shadowTables[object];
  return sql`
    WITH main AS (
      SELECT ${key} AS record_id, true AS alive, NULL::text AS reason, NULL::text AS master_id,
             raw_payload AS leaves, ${versions}
      FROM ${name} WHERE ${key} = ANY ($2) ORDER BY ${key} ${lock}
    ), aside AS (
      SELECT record_id, alive, reason, master_id, doc AS leaves, ${versions}
      FROM sf_shadow_aside WHERE object = $1 AND record_id = ANY ($2) ORDER BY record_id ${lock}
    )
    SELECT * FROM main UNION ALL SELECT * FROM aside`;
}

/**
 * The same, and beside it the object's floor in a row without an id: in one statement, since a record that was purged
 * before it must be met by the floor that speaks for it.
 */
function withFloor(object: MirroredObjectName): Sql {
  const none = joined(versionColumns.map(([name, type]) => sql`NULL::${type} AS ${identifier(name)}`));
  return sql`
    SELECT known.*, NULL::text AS floor FROM (${bothHomes(object, locked)}) AS known
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, NULL, ${none}, tombstone_floor FROM sf_object_state WHERE object = $1`;
}

/**
 * Records in both homes, their rows locked until the transaction ends. What has no row is locked by its lane alone,
 * which the caller holds.
 * @throws UmbraError STORE_TWO_HOMES
 */
export async function loadRecords(
  connection: Connection,
  object: MirroredObjectName,
  recordIds: readonly string[],
): Promise<{ readonly records: Map<string, StoredRecord>; readonly floor: Version }> {
  if (recordIds.length === 0) return { records: new Map(), floor: NO_VERSION };
  const rows = await query<LoadedRow>(connection, withFloor(object), [object, recordIds]);
  const stored = rows.filter((row): row is StoredRow & LoadedRow => row.record_id !== null);
  const floor = rows.find((row) => row.record_id === null)?.floor ?? NO_VERSION;
  return { records: recordsOf(object, stored), floor };
}

/** Records in both homes as they are just now. */
export async function peekRecords(
  connection: Connection,
  object: MirroredObjectName,
  recordIds: readonly string[],
): Promise<Map<string, StoredRecord>> {
  if (recordIds.length === 0) return new Map();
  return recordsOf(
    object,
    await query<StoredRow>(connection, bothHomes(object, unlocked), [object, recordIds]),
  );
}

function recordsOf(object: MirroredObjectName, rows: readonly StoredRow[]): Map<string, StoredRecord> {
  const found = new Map<string, StoredRecord>();
  for (const row of rows) {
    if (found.has(row.record_id)) {
      throw new UmbraError('STORE_TWO_HOMES', 'a record is in both homes', {
        details: { object, recordId: row.record_id },
      });
    }
    found.set(row.record_id, {
      state: stateOf(object, row),
      home: row.reason === null ? { kind: 'main' } : asideHome(row.reason),
    });
  }
  return found;
}

export function asideHome(reason: AsideReason): Home {
  return { kind: 'aside', reason };
}

function stateOf(object: MirroredObjectName, row: StoredRow): RecordState {
  return {
    object,
    recordId: row.record_id,
    alive: row.alive,
    leaves: row.leaves,
    vBase: row.v_base,
    schemaRev: row.schema_rev,
    vFields: row.v_fields,
    vRead: row.v_read,
    readAt: isoText(row.read_at),
    vAlive: row.v_alive,
    vGap: row.v_gap,
    gapSince: isoText(row.gap_since),
    vMax: row.v_max,
    srcModifiedAt: isoText(row.src_modified_at),
    masterId: row.master_id,
  };
}

function isoText(instant: Date | null): string | null {
  return instant === null ? null : instant.toISOString();
}
