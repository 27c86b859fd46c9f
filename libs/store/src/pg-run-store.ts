import { randomUUID } from 'node:crypto';
import {
  UmbraError,
  type BackfillRun,
  type BackfillSlice,
  type LandedPage,
  type MirroredObjectName,
  type RunState,
  type RunStore,
  type ShadowTransaction,
  type SliceState,
} from '@umbra/domain';
import type pg from 'pg';
import { execute, query } from './connection-pool.ts';
import type { ControlClient } from './control-client.ts';
import { recordCoverage } from './coverage.ts';
import { runOf, sliceOf } from './run-rows.ts';
import { connectionOf } from './shadow-transaction.ts';
import { sql } from './sql.ts';
import { inTransaction } from './transaction.ts';

type SliceChange = Parameters<RunStore['updateSlice']>[3];

/**
 * Backfills and how far they are. A slice is worked on by whoever holds its lease, by the database's clock; a holder
 * that was too slow notices at its next write, since every write names the holder.
 */
export class PgRunStore implements RunStore {
  readonly #pool: pg.Pool;
  readonly #control: ControlClient;

  constructor(pool: pg.Pool, control: ControlClient) {
    this.#pool = pool;
    this.#control = control;
  }

  async createRun(
    run: { objects: readonly MirroredObjectName[]; since: string | null },
    slices: readonly Pick<BackfillSlice, 'object' | 'fromId' | 'toId'>[],
  ): Promise<BackfillRun> {
    const { backfillRun } = await this.#control.tables;
    const row = await backfillRun.create({
      data: {
        id: randomUUID(),
        objects: [...run.objects],
        since: run.since,
        state: 'running' satisfies RunState,
        slices: {
          create: slices.map(({ object, fromId, toId }, slice) => {
            return { slice, object, fromId, toId, state: 'pending' satisfies SliceState };
          }),
        },
      },
    });
    return runOf(row);
  }

  async unfinishedRun(): Promise<BackfillRun | undefined> {
    const { backfillRun } = await this.#control.tables;
    const row = await backfillRun.findFirst({
      where: { state: { notIn: ['complete', 'abandoned'] satisfies RunState[] } },
      orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
    });
    return row === null ? undefined : runOf(row);
  }

  async run(id: string): Promise<BackfillRun | undefined> {
    const { backfillRun } = await this.#control.tables;
    const row = await backfillRun.findUnique({ where: { id } });
    return row === null ? undefined : runOf(row);
  }

  async recentRuns(limit: number): Promise<readonly BackfillRun[]> {
    const { backfillRun } = await this.#control.tables;
    const rows = await backfillRun.findMany({
      orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
      take: limit,
    });
    return rows.map(runOf);
  }

  async slices(run: string): Promise<readonly BackfillSlice[]> {
    const { backfillSlice } = await this.#control.tables;
    return (await backfillSlice.findMany({ where: { run }, orderBy: { slice: 'asc' } })).map(sliceOf);
  }

  async takeSlice(
    run: string,
    slice: number,
    owner: string,
    seconds: number,
  ): Promise<BackfillSlice | undefined> {
    const taken = await execute(
      this.#pool,
      sql`UPDATE sf_backfill_slice SET lease_owner = $3, lease_until = sf_now() + make_interval(secs => $4)
          WHERE run = $1 AND slice = $2
            AND (lease_owner IS NULL OR lease_owner = $3 OR lease_until < sf_now())`,
      [run, slice, owner, seconds],
    );
    if (taken === 0) return undefined;
    const { backfillSlice } = await this.#control.tables;
    const row = await backfillSlice.findUnique({ where: { run_slice: { run, slice } } });
    return row === null ? undefined : sliceOf(row);
  }

  async renewSlice(run: string, slice: number, owner: string, seconds: number): Promise<boolean> {
    const renewed = await execute(
      this.#pool,
      sql`UPDATE sf_backfill_slice SET lease_until = sf_now() + make_interval(secs => $4)
          WHERE run = $1 AND slice = $2 AND lease_owner = $3`,
      [run, slice, owner, seconds],
    );
    return renewed === 1;
  }

  async releaseSlice(run: string, slice: number, owner: string): Promise<void> {
    const { backfillSlice } = await this.#control.tables;
    await backfillSlice.updateMany({
      where: { run, slice, leaseOwner: owner },
      data: { leaseOwner: null, leaseUntil: null },
    });
  }

  async updateSlice(run: string, slice: number, owner: string, change: SliceChange): Promise<void> {
    const { backfillSlice } = await this.#control.tables;
    const { columns, ...rest } = change;
    const { count } = await backfillSlice.updateMany({
      where: { run, slice, leaseOwner: owner },
      data: columns === undefined ? rest : { ...rest, columns: [...(columns ?? [])] },
    });
    if (count === 0) throw leaseLost(run, slice);
  }

  async splitSlice(
    run: string,
    slice: number,
    ranges: readonly { fromId: string | null; toId: string | null }[],
  ): Promise<void> {
    await inTransaction(this.#pool, async (connection) => {
      // Two splits at once must not number their slices alike.
      await execute(connection, sql`SELECT FROM sf_backfill_run WHERE id = $1 FOR UPDATE`, [run]);
      await execute(
        connection,
        sql`INSERT INTO sf_backfill_slice (run, slice, object, from_id, to_id, state)
            SELECT $1, last.slice + part.position, whole.object, part.from_id, part.to_id, 'pending'
            FROM sf_backfill_slice AS whole,
                 (SELECT max(slice) AS slice FROM sf_backfill_slice WHERE run = $1) AS last,
                 unnest($3::text[], $4::text[]) WITH ORDINALITY AS part (from_id, to_id, position)
            WHERE whole.run = $1 AND whole.slice = $2`,
        [run, slice, ranges.map(({ fromId }) => fromId), ranges.map(({ toId }) => toId)],
      );
      await execute(connection, sql`DELETE FROM sf_backfill_slice WHERE run = $1 AND slice = $2`, [
        run,
        slice,
      ]);
    });
  }

  async landedPages(run: string, slice: number): Promise<readonly LandedPage[]> {
    const { backfillSlice } = await this.#control.tables;
    const row = await backfillSlice.findUnique({
      where: { run_slice: { run, slice } },
      include: { pages: { orderBy: { landedAt: 'asc' } } },
    });
    return (row?.pages ?? [])
      .filter(({ jobId }) => jobId === row?.jobId)
      .map(({ locator, nextLocator, rows }) => ({ locator, nextLocator, rows }));
  }

  async forgetJob(run: string, slice: number, owner: string): Promise<void> {
    await inTransaction(this.#pool, async (connection) => {
      const held = await execute(
        connection,
        sql`UPDATE sf_backfill_slice
            SET state = 'pending', failures = failures + 1, job_id = NULL, stamp = NULL, schema_rev = NULL,
                columns = NULL, promised = NULL, received = 0, landed_rows = 0, parked_rows = 0, read_at = NULL
            WHERE run = $1 AND slice = $2 AND lease_owner = $3`,
        [run, slice, owner],
      );
      if (held === 0) throw leaseLost(run, slice);
      await execute(connection, sql`DELETE FROM sf_backfill_page WHERE run = $1 AND slice = $2`, [
        run,
        slice,
      ]);
    });
  }

  async pageLanded(
    tx: ShadowTransaction,
    run: string,
    slice: number,
    owner: string,
    page: LandedPage,
    counts: { landed: number; parked: number },
  ): Promise<boolean> {
    const connection = connectionOf(tx);
    const [held] = await query<{ job_id: string | null }>(
      connection,
      sql`UPDATE sf_backfill_slice
          SET received = received + $4, landed_rows = landed_rows + $5, parked_rows = parked_rows + $6
          WHERE run = $1 AND slice = $2 AND lease_owner = $3 RETURNING job_id`,
      [run, slice, owner, page.rows, counts.landed, counts.parked],
    );
    if (held === undefined) throw leaseLost(run, slice);
    const recorded = await execute(
      connection,
      sql`INSERT INTO sf_backfill_page (run, slice, job_id, locator, next_locator, rows)
          VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [run, slice, held.job_id, page.locator, page.nextLocator, page.rows],
    );
    return recorded === 1;
  }

  async addCalls(run: string, calls: number): Promise<void> {
    const { backfillRun } = await this.#control.tables;
    await backfillRun.update({ where: { id: run }, data: { callsSpent: { increment: calls } } });
  }

  async finishRun(run: string, state: 'complete' | 'failed' | 'abandoned'): Promise<void> {
    await inTransaction(this.#pool, async (connection) => {
      const [finished] = await query<{ proves: boolean }>(
        connection,
        sql`UPDATE sf_backfill_run SET state = $2, finished_at = sf_now()
            WHERE id = $1 AND state NOT IN ('complete', 'abandoned')
            RETURNING state = 'complete' AND since IS NULL AS proves`,
        [run, state],
      );
      if (finished?.proves === true) await recordCoverage(connection, run);
    });
  }

  async lastCompleteStart(object: MirroredObjectName): Promise<Date | undefined> {
    const { backfillRun } = await this.#control.tables;
    const row = await backfillRun.findFirst({
      where: { state: 'complete' satisfies RunState, since: null, objects: { has: object } },
      orderBy: { startedAt: 'desc' },
    });
    return row?.startedAt;
  }
}

function leaseLost(run: string, slice: number): UmbraError {
  return new UmbraError('SYNC_BUSY', 'the lease on the slice was lost to another process', {
    details: { run, slice },
  });
}
