import type {
  KeptReads,
  KeptRow,
  KeptSlice,
  MergeInput,
  MirroredObjectName,
  PageKeeper,
  ShadowTransaction,
  Version,
} from '@umbra/domain';
import type pg from 'pg';
import { execute, query } from '../connection-pool.ts';
import { connectionOf } from '../shadow-transaction.ts';
import { sql, type Sql } from '../sql.ts';
import { inTransaction } from '../transaction.ts';
import { keptRows, PgPageKeeper } from './page-keeper.ts';

type Read = Extract<MergeInput, { readonly kind: 'read' | 'read-deleted' | 'absence' }>;

/** Rows of `sf_kept_read` taken at once. */
const BATCH = 500;

/**
 * The newest complete run of each object: since null, complete, and with pages kept of every slice that had rows (runs
 * of a release that kept none do not count). $1 is the object.
 */
const newestComplete = sql`
  SELECT run.id, run.started_at FROM sf_backfill_run AS run
  WHERE run.state = 'complete' AND run.since IS NULL AND $1 = ANY (run.objects)
    AND NOT EXISTS (SELECT FROM sf_backfill_slice AS slice
                    WHERE slice.run = run.id AND slice.object = $1 AND slice.received
                      > (SELECT coalesce(sum(kept.rows), 0) FROM sf_kept_page AS kept
                         WHERE kept.run = slice.run AND kept.slice = slice.slice))
  ORDER BY run.started_at DESC, run.id LIMIT 1`;

/** Reads that were merged, in PostgreSQL beside the shadow: they come and go with the transactions that merge them. */
export class PgKeptReads implements KeptReads {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  page(): PageKeeper {
    return new PgPageKeeper();
  }

  async keep(tx: ShadowTransaction, statements: readonly MergeInput[]): Promise<void> {
    const newest = new Map<string, Read>();
    for (const statement of statements) {
      if (!isRead(statement)) continue;
      const key = `${statement.object} ${statement.recordId} ${kindOf(statement)}`;
      const known = newest.get(key);
      if (known === undefined || statement.version > known.version) newest.set(key, statement);
    }
    if (newest.size === 0) return;
    const reads = [...newest.values()].sort((a, b) => (a.recordId < b.recordId ? -1 : 1));
    await execute(
      connectionOf(tx),
      sql`INSERT INTO sf_kept_read AS known (object, record_id, kind, stamp, statement)
          SELECT object, record_id, kind, stamp, statement::jsonb
          FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
            AS incoming (object, record_id, kind, stamp, statement)
          ON CONFLICT (object, record_id, kind) DO UPDATE
            SET stamp = EXCLUDED.stamp, statement = EXCLUDED.statement WHERE known.stamp < EXCLUDED.stamp`,
      [
        reads.map(({ object }) => object),
        reads.map(({ recordId }) => recordId),
        reads.map(kindOf),
        reads.map(({ version }) => version),
        reads.map((read) => JSON.stringify(read)),
      ],
    );
  }

  async slices(object: MirroredObjectName): Promise<readonly KeptSlice[]> {
    const rows = await query<{
      run: string;
      slice: number;
      stamp: Version;
      schema_rev: number;
      columns: string[];
      read_at: Date;
      started_at: Date;
    }>(
      this.#pool,
      sql`SELECT slice.run, slice.slice, slice.stamp, slice.schema_rev, slice.columns, slice.read_at, run.started_at
          FROM (${newestComplete}) AS newest
          JOIN sf_backfill_run AS run ON run.started_at >= newest.started_at
          JOIN sf_backfill_slice AS slice ON slice.run = run.id AND slice.object = $1
          WHERE slice.stamp IS NOT NULL AND slice.schema_rev IS NOT NULL AND slice.read_at IS NOT NULL
          ORDER BY run.started_at, run.id, slice.slice`,
      [object],
    );
    return rows.map((row) => ({
      run: row.run,
      slice: row.slice,
      object,
      stamp: row.stamp,
      revision: row.schema_rev,
      columns: row.columns,
      readAt: row.read_at.toISOString(),
      startedAt: row.started_at,
    }));
  }

  async *rows({ run, slice }: KeptSlice): AsyncGenerator<readonly KeptRow[]> {
    for (let [locator, part] = ['', -1]; ;) {
      const [next] = await query<{ locator: string; part: number; outdated: string[]; body: Buffer }>(
        this.#pool,
        sql`SELECT locator, part, outdated, body FROM sf_kept_page
            WHERE run = $1 AND slice = $2 AND (locator, part) > ($3, $4::int)
            ORDER BY locator, part LIMIT 1`,
        [run, slice, locator, part],
      );
      if (next === undefined) return;
      [locator, part] = [next.locator, next.part];
      const outdated = new Set(next.outdated);
      yield (await keptRows(next.body)).filter(({ recordId }) => !outdated.has(recordId));
    }
  }

  async *reads(object: MirroredObjectName): AsyncGenerator<readonly MergeInput[]> {
    for (let [recordId, kind] = ['', '']; ;) {
      const rows: { record_id: string; kind: string; statement: Read }[] = await query(
        this.#pool,
        sql`SELECT record_id, kind, statement FROM sf_kept_read
            WHERE object = $1 AND (record_id, kind) > ($2, $3) ORDER BY record_id, kind LIMIT $4`,
        [object, recordId, kind, BATCH],
      );
      const last = rows.at(-1);
      if (last === undefined) return;
      [recordId, kind] = [last.record_id, last.kind];
      yield rows.map(({ statement }) => statement);
    }
  }

  async forgetSuperseded(dryRun = false): Promise<{ pages: number; reads: number }> {
    let [pages, reads] = [0, 0];
    const objects = await query<{ object: MirroredObjectName }>(
      this.#pool,
      sql`SELECT DISTINCT object FROM sf_backfill_slice ORDER BY object`,
    );
    for (const { object } of objects) {
      const counts = await inTransaction(this.#pool, (connection) => forget(connection, object, dryRun));
      pages += counts.pages;
      reads += counts.reads;
    }
    return { pages, reads };
  }
}

async function forget(
  connection: pg.ClientBase,
  object: MirroredObjectName,
  dryRun: boolean,
): Promise<{ pages: number; reads: number }> {
  const without = (table: Sql): Sql =>
    dryRun ? sql`SELECT FROM ${table} AS kept,` : sql`DELETE FROM ${table} AS kept USING`;
  const pages = await execute(
    connection,
    sql`${without(sql`sf_kept_page`)} sf_backfill_slice AS slice, sf_backfill_run AS run, (${newestComplete}) AS newest
        WHERE slice.run = kept.run AND slice.slice = kept.slice AND slice.object = $1 AND run.id = kept.run
          AND run.started_at < newest.started_at`,
    [object],
  );
  // Below every stamp of the complete read: it saw whatever they saw.
  const reads = await execute(
    connection,
    sql`${without(sql`sf_kept_read`)} (
          SELECT min(slice.stamp) AS stamp FROM (${newestComplete}) AS newest
          JOIN sf_backfill_slice AS slice ON slice.run = newest.id AND slice.object = $1
        ) AS complete
        WHERE kept.object = $1 AND kept.stamp < complete.stamp`,
    [object],
  );
  return { pages, reads };
}

function isRead(statement: MergeInput): statement is Read {
  return statement.kind === 'read' || statement.kind === 'read-deleted' || statement.kind === 'absence';
}

function kindOf({ kind }: Read): 'row' | 'gone' {
  return kind === 'read' ? 'row' : 'gone';
}
