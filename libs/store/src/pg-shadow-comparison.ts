import type {
  ColumnValues,
  MirroredObjectName,
  RangeDigest,
  RecordRange,
  ShadowComparison,
  StagedRow,
  Suspect,
} from '@umbra/domain';
import type pg from 'pg';
import { execute, only, query } from './connection-pool.ts';
import { shadowTables } from './shadow-table.ts';
import { joined, parameter, sql, type Sql } from './sql.ts';
import { inTransaction } from './transaction.ts';

/** Sorts behind every id, whose characters are letters and digits. */
const BEHIND_ALL = sql`'~'`;

/** Digests and bounds read every row of an object: they may take longer than any other statement. */
const LONG_STATEMENT = sql`SET LOCAL statement_timeout = '15min'`;
const LONG_MS = 15 * 60_000;

/**
 * The shadow beside a read. Rows are compared where they lie: the server parses the read's JSON and compares it as
 * jsonb, so that of a million equal rows none is sent back.
 */
export class PgShadowComparison implements ShadowComparison {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async suspects(
    object: MirroredObjectName,
    schemaRev: number,
    rows: readonly StagedRow[],
  ): Promise<readonly Suspect[]> {
    if (rows.length === 0) return [];
    const { columns } = shadowTables[object];
    const found = await query<{ id: string; columns_only: boolean }>(this.#pool, suspectsOf[object], [
      object,
      schemaRev,
      rows.map(({ recordId }) => recordId),
      rows.map(({ alive }) => alive),
      rows.map(({ payload }) => payload),
      rows.map(({ columns: values }) => values !== null),
      ...columns.map(({ name }) => rows.map(({ columns: values }) => cellText(values, name))),
    ]);
    return found.map(({ columns_only: columnsOnly, id }) => ({ recordId: id, columnsOnly }));
  }

  digests(object: MirroredObjectName, ranges: readonly RecordRange[]): Promise<readonly RangeDigest[]> {
    if (ranges.length === 0) return Promise.resolve([]);
    const { name, key } = shadowTables[object];
    return inTransaction(this.#pool, async (connection) => {
      await execute(connection, LONG_STATEMENT);
      const rows = await query<{ n: number; count: string; newest: string | null }>(
        connection,
        sql`SELECT range.n::int AS n, found.count, found.newest
            FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS range (from_id, to_id, n)
            CROSS JOIN LATERAL (
              SELECT count(*) AS count, max(modified COLLATE "C") AS newest FROM (
                SELECT ${key} AS id, raw_payload ->> 'LastModifiedDate' AS modified FROM ${name}
                UNION ALL
                SELECT record_id, doc ->> 'LastModifiedDate' FROM sf_shadow_aside WHERE object = $1 AND alive
              ) AS living
              WHERE id >= coalesce(from_id, '') COLLATE "C" AND id < coalesce(to_id, ${BEHIND_ALL}) COLLATE "C"
            ) AS found ORDER BY range.n`,
        [object, ranges.map(({ fromId }) => fromId), ranges.map(({ toId }) => toId)],
        LONG_MS,
      );
      return rows.map(({ count, newest }) => ({ count: Number(count), newest }));
    });
  }

  async rangesOf(
    object: MirroredObjectName,
    rows: number,
    within: RecordRange = { fromId: null, toId: null },
  ): Promise<readonly RecordRange[]> {
    const { name, key } = shadowTables[object];
    const bounds = await inTransaction(this.#pool, async (connection) => {
      await execute(connection, LONG_STATEMENT);
      return query<{ id: string }>(
        connection,
        sql`WITH known AS (
              SELECT ${key} AS id FROM ${name}
              UNION ALL
              SELECT record_id FROM sf_shadow_aside WHERE object = $1 AND alive
            )
            SELECT id FROM (
              SELECT id, row_number() OVER (ORDER BY id) AS place FROM known
              WHERE ($3::text IS NULL OR id >= $3) AND ($4::text IS NULL OR id < $4)
            ) AS numbered WHERE place > 1 AND place % $2 = 1 % $2 ORDER BY id`,
        [object, rows, within.fromId, within.toId],
        LONG_MS,
      );
    });
    const cuts = [within.fromId, ...bounds.map(({ id }) => id), within.toId];
    return cuts.slice(1).map((toId, i) => ({ fromId: cuts[i] ?? null, toId }));
  }

  async dropUnlisted(
    object: MirroredObjectName,
    listed: readonly string[],
    after: string,
    limit: number,
  ): Promise<{ readonly cleaned: number; readonly next: string | null }> {
    const { name, key } = shadowTables[object];
    return inTransaction(this.#pool, async (connection) => {
      const rows = await query<{ cleaned: string; last: string | null; seen: string }>(
        connection,
        sql`WITH page AS (
              (SELECT ${key} AS id FROM ${name} WHERE ${key} > $3 ORDER BY 1 LIMIT $4)
              UNION ALL
              (SELECT record_id FROM sf_shadow_aside WHERE object = $1 AND record_id > $3 ORDER BY 1 LIMIT $4)
              ORDER BY id LIMIT $4
            ), main AS (
              UPDATE ${name} SET raw_payload = raw_payload - ${extra(sql`raw_payload`)},
                     v_fields = v_fields - ${extra(sql`raw_payload`)}
              WHERE ${key} IN (SELECT id FROM page) AND cardinality(${extra(sql`raw_payload`)}) > 0
              RETURNING 1
            ), aside AS (
              UPDATE sf_shadow_aside SET doc = doc - ${extra(sql`doc`)}, v_fields = v_fields - ${extra(sql`doc`)}
              WHERE object = $1 AND record_id IN (SELECT id FROM page) AND cardinality(${extra(sql`doc`)}) > 0
              RETURNING 1
            )
            SELECT (SELECT count(*) FROM main) + (SELECT count(*) FROM aside) AS cleaned,
                   (SELECT max(id) FROM page) AS last, (SELECT count(*) FROM page) AS seen`,
        [object, listed, after, limit],
      );
      const { cleaned, last, seen } = only(rows);
      return { cleaned: Number(cleaned), next: Number(seen) < limit ? null : last };
    });
  }
}

/** Names in a payload that are not among the listed ones (`$2`). */
function extra(payload: Sql): Sql {
  return sql`(SELECT coalesce(array_agg(name), '{}') FROM jsonb_object_keys(${payload}) AS name
              WHERE name <> ALL ($2::text[]))`;
}

function cellText(values: ColumnValues | null, name: string): string | null {
  const value = values?.[name] ?? null;
  return value === null ? null : String(value);
}

/** Values before the columns: object, revision, ids, alive, payloads, fits. */
const LEADING = 6;

function suspectsStatement(object: MirroredObjectName): Sql {
  const { columns, key, name } = shadowTables[object];
  const arrays = columns.map(({ type }, i) => sql`${parameter(LEADING + 1 + i)}::text[]::${type}[]`);
  const incoming = columns.map(({ quoted }) => sql`read.${quoted}`);
  const stored = columns.map(({ quoted }) => sql`main.${quoted}`);
  const quotedNames = columns.map(({ quoted }) => quoted);
  return sql`
    WITH read AS (
      SELECT * FROM unnest($3::text[], $4::boolean[], $5::text[]::jsonb[], $6::boolean[], ${joined(arrays)})
        AS read (record_id, alive, payload, fits, ${joined(quotedNames)})
    ), judged AS (
      SELECT read.record_id AS id,
        CASE
          WHEN NOT read.alive THEN main.${key} IS NOT NULL OR coalesce(aside.alive, false)
          WHEN main.${key} IS NOT NULL THEN
            main.raw_payload <> read.payload OR main.v_gap > main.v_base OR main.schema_rev <> $2
          WHEN aside.record_id IS NOT NULL THEN
            NOT aside.alive OR aside.doc <> read.payload OR aside.v_gap > aside.v_base OR aside.schema_rev <> $2
          ELSE true
        END AS values_differ,
        read.alive AND main.${key} IS NOT NULL
          AND (NOT read.fits OR (${joined(stored)}) IS DISTINCT FROM (${joined(incoming)})) AS columns_differ
      FROM read
      LEFT JOIN ${name} AS main ON main.${key} = read.record_id COLLATE "C"
      LEFT JOIN sf_shadow_aside AS aside ON aside.object = $1 AND aside.record_id = read.record_id COLLATE "C"
    )
    SELECT id, NOT values_differ AS columns_only FROM judged WHERE values_differ OR columns_differ`;
}

const suspectsOf: Readonly<Record<MirroredObjectName, Sql>> = {
  Product2: suspectsStatement('Product2'),
  PricebookEntry: suspectsStatement('PricebookEntry'),
  Account: suspectsStatement('Account'),
};
