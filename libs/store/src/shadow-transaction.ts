import {
  childOf,
  laneOf,
  NO_VERSION,
  type AsideReason,
  type MirroredObjectName,
  type LineTaker,
  type PlacedRecord,
  type RecordLane,
  type ShadowTransaction,
  type SkuClaimant,
  type StagedRow,
  type StageFacts,
  type Version,
} from '@umbra/domain';
import type pg from 'pg';
import { execute, query } from './connection-pool.ts';
import { landStagedRows } from './landing.ts';
import { lockAllSkus, lockLanes, lockSkus } from './locks.ts';
import { asideHome, loadRecords } from './record-rows.ts';
import { writeRecords } from './record-writes.ts';
import { isActive, shadowTables } from './shadow-table.ts';
import { sql } from './sql.ts';
import { copyIntoStage, createStage } from './staging.ts';

/**
 * One transaction, on one connection. Order of its locks: lanes of records, SKUs, rows by key, parents before
 * children. Who takes them in another order may deadlock; PostgreSQL then ends one of the two, and it is repeated.
 */
export class PgShadowTransaction implements ShadowTransaction {
  readonly connection: pg.ClientBase;
  #staged = 0;
  readonly #floors = new Map<MirroredObjectName, Version>();
  /** Lanes held, as `object lane`. */
  readonly #lanes = new Set<string>();

  constructor(connection: pg.ClientBase) {
    this.connection = connection;
  }

  async lockLanes(lanes: readonly RecordLane[]): Promise<void> {
    const wanted = new Map(lanes.map((one) => [`${one.object} ${String(one.lane)}`, one]));
    for (const key of this.#lanes) wanted.delete(key);
    await lockLanes(this.connection, [...wanted.values()]);
    for (const key of wanted.keys()) this.#lanes.add(key);
  }

  lockSkus(skus: readonly string[]): Promise<void> {
    return lockSkus(this.connection, skus);
  }

  lockAllSkus(): Promise<void> {
    return lockAllSkus(this.connection);
  }

  async load(object: MirroredObjectName, recordIds: readonly string[]) {
    await this.lockLanes(recordIds.map((id) => ({ object, lane: laneOf(object, id) })));
    const { floor, records } = await loadRecords(this.connection, object, recordIds);
    this.#floors.set(object, floor);
    return records;
  }

  floorOf(object: MirroredObjectName): Version {
    return this.#floors.get(object) ?? NO_VERSION;
  }

  async claimants(skus: readonly string[]): Promise<readonly SkuClaimant[]> {
    if (skus.length === 0) return [];
    const rows = await query<{ sku: string; id: string; active: boolean; reason: AsideReason | null }>(
      this.connection,
      sql`SELECT sku, product_id AS id, ${isActive(sql`raw_payload`)} AS active, NULL AS reason
          FROM sf_product_shadow WHERE sku = ANY ($1)
          UNION ALL
          SELECT unique_key, record_id, ${isActive(sql`doc`)}, reason
          FROM sf_shadow_aside WHERE alive AND unique_key = ANY ($1) AND object = 'Product2'
          ORDER BY sku, id`,
      [skus],
    );
    return rows.map(({ sku, id, active, reason }) => ({
      sku,
      recordId: id,
      active,
      home: reason === null ? { kind: 'main' } : asideHome(reason),
    }));
  }

  async childrenOf(object: MirroredObjectName, parentIds: readonly string[]) {
    const child = childOf(object)?.name;
    const parent = child === undefined ? undefined : shadowTables[child].parent;
    if (child === undefined || parent === undefined || parentIds.length === 0) return [];
    // Whoever is just adding a child holds its parent. Waiting for that makes the child visible below.
    await execute(
      this.connection,
      sql`SELECT FROM ${parent.table} WHERE ${parent.key} = ANY ($1) ORDER BY ${parent.key} FOR UPDATE`,
      [parentIds],
    );
    const { name, key } = shadowTables[child];
    const rows = await query<{ id: string; parent: string; reason: AsideReason | null }>(
      this.connection,
      sql`SELECT ${key} AS id, ${parent.column} AS parent, NULL AS reason FROM ${name} WHERE ${parent.column} = ANY ($1)
          UNION ALL
          SELECT record_id, parent_key, reason FROM sf_shadow_aside WHERE object = $2 AND parent_key = ANY ($1)
          ORDER BY id`,
      [parentIds, child],
    );
    return rows.map(({ id, parent: parentId, reason }) => ({
      recordId: id,
      parentId,
      home: reason === null ? ({ kind: 'main' } as const) : asideHome(reason),
    }));
  }

  async presentInMain(
    object: MirroredObjectName,
    recordIds: readonly string[],
  ): Promise<ReadonlySet<string>> {
    if (recordIds.length === 0) return new Set();
    const { name, key } = shadowTables[object];
    const rows = await query<{ id: string }>(
      this.connection,
      sql`SELECT ${key} AS id FROM ${name} WHERE ${key} = ANY ($1) ORDER BY ${key} FOR KEY SHARE`,
      [recordIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  write(records: readonly PlacedRecord[]): Promise<void> {
    return writeRecords(this.connection, records);
  }

  async stage(
    facts: StageFacts,
    rows: AsyncIterable<readonly StagedRow[]> | Iterable<readonly StagedRow[]>,
    taker?: LineTaker,
  ): Promise<number> {
    // The rows and the note that their page has landed are in this one transaction. A server that crashes just after
    // an unflushed commit loses both, and the page lands again; nobody has to wait for its disk.
    await execute(this.connection, sql`SET LOCAL synchronous_commit = off`);
    await createStage(this.connection, facts.object);
    // COPY waits for rows as long as Salesforce takes to send them.
    await execute(this.connection, sql`SET LOCAL statement_timeout = 0`);
    const { received, staged } = await copyIntoStage(this.connection, facts.object, rows, taker);
    await execute(this.connection, sql`SET LOCAL statement_timeout TO DEFAULT`);
    this.#staged = staged;
    return received;
  }

  landStaged(facts: StageFacts) {
    return landStagedRows(this.connection, facts, this.#staged);
  }
}

/** The connection of a transaction, for what must commit together with it. */
export function connectionOf(tx: ShadowTransaction): pg.ClientBase {
  if (tx instanceof PgShadowTransaction) return tx.connection;
  throw new TypeError('the transaction belongs to another store');
}
