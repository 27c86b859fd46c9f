import {
  mirroredObjectNames,
  mirroredObjects,
  type MirroredObject,
  type MirroredObjectName,
} from '@umbra/domain';
import type pg from 'pg';
import { only, query } from './connection-pool.ts';
import { shadowTables } from './shadow-table.ts';
import { sql } from './sql.ts';

/** Age of the row that was written longest ago, `MAX(now() - updated_at)`. */
export interface OldestRow {
  readonly table: MirroredObject['table'];
  /** Seconds; undefined for an empty table. */
  readonly ageSeconds: number | undefined;
}

/** So many of the oldest rows are remembered: as long as one of them is unchanged, the oldest of those is the oldest. */
const WITNESSES = 1_000;

interface Witness {
  readonly id: string;
  readonly updatedAt: string;
}

/**
 * The oldest row of each table. An index on the time of the last write would answer at once, and would cost every
 * update a new entry in every index of its table. Instead the oldest rows are found once by reading the table; later
 * they are looked up by their keys, since a row can only grow younger and a new one is younger still: whichever of them
 * is unchanged is older than everything else.
 */
export class OldestRows {
  readonly #pool: pg.Pool;
  readonly #witnesses = new Map<MirroredObjectName, readonly Witness[]>();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async ages(): Promise<readonly OldestRow[]> {
    const ages: OldestRow[] = [];
    for (const object of mirroredObjectNames) {
      const updatedAt = (await this.#remembered(object)) ?? (await this.#found(object));
      ages.push({ table: mirroredObjects[object].table, ageSeconds: await this.#age(updatedAt) });
    }
    return ages;
  }

  async #remembered(object: MirroredObjectName): Promise<string | undefined> {
    const witnesses = this.#witnesses.get(object) ?? [];
    if (witnesses.length === 0) return undefined;
    const { name, key } = shadowTables[object];
    const unchanged = await query<{ id: string; updated_at: string }>(
      this.#pool,
      sql`SELECT stored.${key} AS id, stored.updated_at::text AS updated_at
          FROM unnest($1::text[], $2::timestamptz[]) AS seen (id, updated_at)
          JOIN ${name} AS stored ON stored.${key} = seen.id AND stored.updated_at = seen.updated_at
          ORDER BY stored.updated_at`,
      [witnesses.map(({ id }) => id), witnesses.map(({ updatedAt }) => updatedAt)],
    );
    this.#remember(object, unchanged);
    return unchanged[0]?.updated_at;
  }

  async #found(object: MirroredObjectName): Promise<string | undefined> {
    const { name, key } = shadowTables[object];
    const oldest = await query<{ id: string; updated_at: string }>(
      this.#pool,
      sql`SELECT ${key} AS id, updated_at::text AS updated_at FROM ${name} ORDER BY updated_at LIMIT $1`,
      [WITNESSES],
    );
    this.#remember(object, oldest);
    return oldest[0]?.updated_at;
  }

  #remember(object: MirroredObjectName, rows: readonly { id: string; updated_at: string }[]): void {
    this.#witnesses.set(
      object,
      rows.map(({ id, updated_at: updatedAt }) => ({ id, updatedAt })),
    );
  }

  async #age(updatedAt: string | undefined): Promise<number | undefined> {
    if (updatedAt === undefined) return undefined;
    const rows = await query<{ age: number }>(
      this.#pool,
      sql`SELECT extract(epoch FROM sf_now() - $1::timestamptz)::float8 AS age`,
      [updatedAt],
    );
    return only(rows).age;
  }
}
