import type {
  CoverageInterval,
  CoverageLedger,
  Evidence,
  Facet,
  Hole,
  MirroredObjectName,
  Version,
} from '@umbra/domain';
import type pg from 'pg';
import { execute, query } from './connection-pool.ts';
import { provenIntervals } from './covered-at.ts';
import { openHole, readOpenHoles } from './holes.ts';
import { sql } from './sql.ts';
import { inTransaction } from './transaction.ts';

/**
 * What is proven, and what is known to be missing. Everything here is on disk when it is acknowledged: whatever it
 * speaks of was committed before it, and a commit takes all earlier ones to the disk with it.
 */
export class PgCoverageLedger implements CoverageLedger {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  open(hole: Parameters<CoverageLedger['open']>[0]): Promise<Hole> {
    return openHole(this.#pool, hole);
  }

  openHoles(): Promise<readonly Hole[]> {
    return readOpenHoles(this.#pool);
  }

  prove(interval: CoverageInterval, closes: readonly bigint[]): Promise<readonly bigint[]> {
    const { object, facet, from, to, via, epoch, runId, stamp, seenUntil = to } = interval;
    return inTransaction(this.#pool, async (connection) => {
      await execute(
        connection,
        sql`INSERT INTO sf_coverage (object, facet, from_at, to_at, via, epoch, run_id, stamp)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [object, facet, from, to, via, epoch, runId, stamp ?? null],
      );
      const closed = await query<{ id: string }>(
        connection,
        sql`UPDATE sf_hole SET closed_at = sf_now(), closed_by = $3, to_at = $5
            WHERE id = ANY ($1) AND closed_at IS NULL AND object = $2 AND scope = 'object'
              AND ($4::timestamptz IS NULL OR $4 <= from_at) AND from_at <= $5
              AND (v IS NULL OR v <= $6) AND ($6 = '' OR opened_at <= $7)
            RETURNING id`,
        [closes, object, via, from, to, stamp ?? '', seenUntil],
      );
      return idsOf(closed);
    });
  }

  async closeRecords(ids: readonly bigint[], by: string, stamp: Version | null): Promise<readonly bigint[]> {
    const closed = await query<{ id: string }>(
      this.#pool,
      sql`UPDATE sf_hole SET closed_at = sf_now(), closed_by = $2
          WHERE id = ANY ($1) AND closed_at IS NULL AND scope = 'record' AND (v IS NULL OR v <= $3)
          RETURNING id`,
      [ids, by, stamp ?? ''],
    );
    return idsOf(closed);
  }

  async extend(
    object: MirroredObjectName,
    facet: Facet,
    via: Evidence,
    epoch: number,
    to: Date,
  ): Promise<void> {
    await execute(
      this.#pool,
      sql`WITH newest AS (
            SELECT id FROM sf_coverage WHERE object = $1 AND facet = $2 AND via = $3 AND epoch = $4
            ORDER BY to_at DESC, id DESC LIMIT 1 FOR UPDATE
          ), prolonged AS (
            UPDATE sf_coverage SET to_at = greatest(to_at, $5::timestamptz) WHERE id = (SELECT id FROM newest)
          )
          INSERT INTO sf_coverage (object, facet, from_at, to_at, via, epoch)
          SELECT $1, $2, $5, $5, $3, $4 WHERE NOT EXISTS (SELECT FROM newest)`,
      [object, facet, via, epoch, to],
    );
  }

  async intervals(object: MirroredObjectName, facet: Facet): Promise<readonly CoverageInterval[]> {
    const rows = await query<{
      from_at: Date | null;
      to_at: Date;
      via: Evidence;
      epoch: number;
      run_id: string | null;
      stamp: Version | null;
    }>(
      this.#pool,
      sql`SELECT from_at, to_at, via, epoch, run_id, stamp FROM (${provenIntervals}) AS interval
          WHERE object = $1 AND facet = $2 ORDER BY from_at NULLS FIRST, to_at`,
      [object, facet],
    );
    return rows.map(({ from_at: from, to_at: to, via, epoch, run_id: runId, stamp }) => {
      return { object, facet, from, to, via, epoch, runId, stamp };
    });
  }
}

function idsOf(rows: readonly { id: string }[]): bigint[] {
  return rows.map(({ id }) => BigInt(id)).sort((a, b) => (a < b ? -1 : 1));
}
