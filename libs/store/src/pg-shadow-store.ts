import { createHash } from 'node:crypto';
import {
  UmbraError,
  type AsideReason,
  type MirroredObjectName,
  type ParkedCount,
  type RecordRef,
  type ShadowStore,
  type ShadowTransaction,
  type Unlisted,
  type Version,
} from '@umbra/domain';
import type pg from 'pg';
import { execute, only, query } from './connection-pool.ts';
import { peekRecords } from './record-rows.ts';
import { PgShadowTransaction } from './shadow-transaction.ts';
import { shadowTables } from './shadow-table.ts';
import { sql } from './sql.ts';
import { inTransaction } from './transaction.ts';
import { readUnlisted } from './unlisted.ts';

/** The shadow tables and the table aside, as the merge needs them. */
export class PgShadowStore implements ShadowStore {
  readonly #pool: pg.Pool;
  /** Revisions are never changed, so what was read once stays true. By object and fingerprint, and by object and number. */
  readonly #revisions = new Map<string, number>();
  readonly #leaves = new Map<string, ReadonlySet<string>>();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  transaction<T>(work: (tx: ShadowTransaction) => Promise<T>): Promise<T> {
    return inTransaction(this.#pool, (connection) => work(new PgShadowTransaction(connection)));
  }

  unlisted(
    object: MirroredObjectName,
    ids: AsyncIterable<readonly string[]>,
    terms: { readonly stamp: Version; readonly youngSince: Date; readonly most: number },
  ): Promise<Unlisted> {
    return inTransaction(this.#pool, (connection) => readUnlisted(connection, object, ids, terms));
  }

  async schemaRevision(object: MirroredObjectName, leaves: readonly string[]): Promise<number> {
    const sorted = [...new Set(leaves)].sort();
    const fingerprint = createHash('sha256').update(sorted.join('\n')).digest('hex');
    const cacheKey = `${object} ${fingerprint}`;
    const cached = this.#revisions.get(cacheKey);
    if (cached !== undefined) return cached;
    const revision = await inTransaction(this.#pool, async (connection) => {
      // Two processes that meet a new field at once must not draw the same number for different sets.
      await execute(
        connection,
        sql`SELECT pg_advisory_xact_lock(hashtext('sf schema revision'), hashtext($1))`,
        [object],
      );
      const known = await query<{ revision: number }>(
        connection,
        sql`SELECT revision FROM sf_schema_revision WHERE object = $1 AND fingerprint = $2`,
        [object, fingerprint],
      );
      if (known[0] !== undefined) return known[0].revision;
      const added = await query<{ revision: number }>(
        connection,
        sql`INSERT INTO sf_schema_revision (object, revision, fingerprint, leaves)
            SELECT $1, coalesce(max(revision), 0) + 1, $2, $3 FROM sf_schema_revision WHERE object = $1
            RETURNING revision`,
        [object, fingerprint, sorted],
      );
      return only(added).revision;
    });
    this.#revisions.set(cacheKey, revision);
    return revision;
  }

  async leavesOf(object: MirroredObjectName, revision: number): Promise<ReadonlySet<string>> {
    const cacheKey = `${object} ${revision}`;
    const cached = this.#leaves.get(cacheKey);
    if (cached !== undefined) return cached;
    const [row] = await query<{ leaves: string[] }>(
      this.#pool,
      sql`SELECT leaves FROM sf_schema_revision WHERE object = $1 AND revision = $2`,
      [object, revision],
    );
    if (row === undefined) {
      throw new UmbraError('STORE_REJECTED', 'no such schema revision', { details: { object, revision } });
    }
    const leaves: ReadonlySet<string> = new Set(row.leaves);
    this.#leaves.set(cacheKey, leaves);
    return leaves;
  }

  async nextReadSeq(): Promise<bigint> {
    const rows = await query<{ seq: string }>(this.#pool, sql`SELECT nextval('sf_read_seq') AS seq`);
    return BigInt(only(rows).seq);
  }

  async epoch(object: MirroredObjectName): Promise<number> {
    const [row] = await query<{ epoch: number }>(
      this.#pool,
      sql`SELECT epoch FROM sf_object_state WHERE object = $1`,
      [object],
    );
    return row?.epoch ?? 0;
  }

  peek(object: MirroredObjectName, recordIds: readonly string[]) {
    return peekRecords(this.#pool, object, recordIds);
  }

  async livingCount(object: MirroredObjectName): Promise<number> {
    const rows = await query<{ count: string }>(
      this.#pool,
      sql`SELECT (SELECT count(*) FROM ${shadowTables[object].name})
               + (SELECT count(*) FROM sf_shadow_aside WHERE object = $1 AND alive) AS count`,
      [object],
    );
    return Number(only(rows).count);
  }

  async recordIdsAfter(object: MirroredObjectName, after: string, limit: number): Promise<readonly string[]> {
    const { name, key } = shadowTables[object];
    const rows = await query<{ id: string }>(
      this.#pool,
      sql`(SELECT ${key} AS id FROM ${name} WHERE ${key} > $2 ORDER BY 1 LIMIT $3)
          UNION ALL
          (SELECT record_id FROM sf_shadow_aside WHERE object = $1 AND record_id > $2 ORDER BY record_id LIMIT $3)
          ORDER BY id LIMIT $3`,
      [object, after, limit],
    );
    return rows.map(({ id }) => id);
  }

  async waiting(
    object: MirroredObjectName,
    reason: AsideReason,
    after: string,
    limit: number,
  ): Promise<readonly string[]> {
    const rows = await query<{ id: string }>(
      this.#pool,
      sql`SELECT record_id AS id FROM sf_shadow_aside WHERE object = $1 AND reason = $2 AND record_id > $3
          ORDER BY record_id LIMIT $4`,
      [object, reason, after, limit],
    );
    return rows.map(({ id }) => id);
  }

  async releasable(limit: number): Promise<readonly RecordRef[]> {
    const rows = await query<{ object: MirroredObjectName; record_id: string }>(
      this.#pool,
      sql`SELECT object, record_id FROM (
            SELECT object, record_id, since FROM sf_shadow_aside AS aside
            WHERE object = 'PricebookEntry' AND reason = 'product_missing'
              AND EXISTS (SELECT FROM sf_product_shadow WHERE product_id = aside.parent_key)
            UNION ALL
            SELECT object, record_id, since FROM sf_shadow_aside AS aside
            WHERE object = 'Product2' AND reason = 'sku_taken'
              AND NOT EXISTS (SELECT FROM sf_product_shadow WHERE sku = aside.unique_key)
          ) AS free ORDER BY since, object, record_id LIMIT $1`,
      [limit],
    );
    return rows.map((row) => ({ object: row.object, recordId: row.record_id }));
  }

  async parkedCounts(): Promise<readonly ParkedCount[]> {
    const rows = await query<{ object: MirroredObjectName; reason: AsideReason; count: string }>(
      this.#pool,
      sql`SELECT object, reason, count(*) AS count FROM sf_shadow_aside GROUP BY 1, 2 ORDER BY 1, 2`,
    );
    return rows.map(({ object, reason, count }) => ({ object, reason, count: Number(count) }));
  }

  async projectionHash(object: MirroredObjectName): Promise<string | null> {
    const [row] = await query<{ hash: string | null }>(
      this.#pool,
      sql`SELECT projection_hash AS hash FROM sf_object_state WHERE object = $1`,
      [object],
    );
    return row?.hash ?? null;
  }

  async rememberProjection(object: MirroredObjectName, hash: string): Promise<void> {
    await execute(
      this.#pool,
      sql`INSERT INTO sf_object_state (object, projection_hash) VALUES ($1, $2)
          ON CONFLICT (object) DO UPDATE SET projection_hash = EXCLUDED.projection_hash`,
      [object, hash],
    );
  }
}
