import {
  hourMs,
  hoursCounted,
  requestClasses,
  type BudgetLedger,
  type Charge,
  type HourCalls,
  type LedgerExchange,
  type LedgerState,
  type RequestClass,
  type ToldUsage,
} from '@umbra/domain';
import type pg from 'pg';
import { execute, only, query, type Connection } from './connection-pool.ts';
import { sql } from './sql.ts';
import { inTransaction } from './transaction.ts';

/** Hours are of no use once they have left the rolling day; some more are kept for people who ask what happened. */
const HOURS_KEPT = 14 * 24;

interface ToldRow {
  readonly used: string | null;
  readonly daily_limit: string | null;
  readonly told_at: Date | null;
  readonly refused_at: Date | null;
}

interface StateRow extends ToldRow {
  readonly now: Date;
  readonly processes: number;
}

/** The budget of calls to Salesforce in PostgreSQL. Every exchange is one transaction. */
export class PgBudgetLedger implements BudgetLedger {
  readonly #pool: pg.Pool;
  /** The hour in which this process last tidied up. */
  #tidied = 0;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async exchange({ process, charges, atLeast, told }: LedgerExchange): Promise<LedgerState> {
    const state = await inTransaction(this.#pool, async (connection) => {
      await execute(
        connection,
        sql`INSERT INTO sf_api_process (process) VALUES ($1)
            ON CONFLICT (process) DO UPDATE SET seen_at = sf_now()`,
        [process],
      );
      // Lifted first: a charge is for calls that no other place can know of yet.
      await lift(connection, atLeast);
      await add(connection, charges);
      if (told !== null) await tell(connection, told);
      return stateOf(connection);
    });
    const hour = hourOf(state.now);
    if (hour !== this.#tidied) {
      this.#tidied = hour;
      await forgetOld(this.#pool);
    }
    return state;
  }

  async claimProbe(everyMs: number): Promise<boolean> {
    const claimed = await execute(
      this.#pool,
      sql`UPDATE sf_api_told SET probed_at = sf_now()
          WHERE probed_at IS NULL OR probed_at <= sf_now() - $1 * interval '1 millisecond'`,
      [everyMs],
    );
    return claimed === 1;
  }
}

/** In one order for everybody, so that two exchanges wait for each other instead of blocking each other. */
async function add(connection: Connection, charges: readonly Charge[]): Promise<void> {
  if (charges.length === 0) return;
  const taken = charges.filter(({ calls }) => calls > 0);
  const givenBack = charges.filter(({ calls }) => calls < 0);
  await execute(
    connection,
    sql`INSERT INTO sf_api_budget AS budget (hour, request_class, calls)
        SELECT hour, class, sum(calls)
        FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS charge (hour, class, calls)
        GROUP BY hour, class ORDER BY hour, class
        ON CONFLICT (hour, request_class) DO UPDATE SET calls = budget.calls + excluded.calls`,
    columnsOf(taken),
  );
  if (givenBack.length === 0) return;
  await execute(
    connection,
    sql`UPDATE sf_api_budget AS budget SET calls = greatest(budget.calls + charge.calls, 0)
        FROM (SELECT hour, class, sum(calls)::bigint AS calls
              FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS given (hour, class, calls)
              GROUP BY hour, class) AS charge
        WHERE budget.hour = charge.hour AND budget.request_class = charge.class`,
    columnsOf(givenBack),
  );
}

async function lift(connection: Connection, hours: readonly HourCalls[]): Promise<void> {
  const floors = hours.flatMap(({ hour, calls }) =>
    requestClasses.map((requestClass): Charge => ({ hour, requestClass, calls: calls[requestClass] ?? 0 })),
  );
  const known = floors.filter(({ calls }) => calls > 0);
  if (known.length === 0) return;
  await execute(
    connection,
    sql`INSERT INTO sf_api_budget AS budget (hour, request_class, calls)
        SELECT hour, class, max(calls)
        FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS floor (hour, class, calls)
        GROUP BY hour, class ORDER BY hour, class
        ON CONFLICT (hour, request_class) DO UPDATE SET calls = excluded.calls WHERE budget.calls < excluded.calls`,
    columnsOf(known),
  );
}

function columnsOf(charges: readonly Charge[]): unknown[] {
  return [
    charges.map(({ hour }) => hour),
    charges.map(({ requestClass }) => requestClass),
    charges.map(({ calls }) => calls),
  ];
}

/** The newest word counts, whether it is a number or a refusal. */
async function tell(connection: Connection, { used, limit, toldAt, refusedAt }: ToldUsage): Promise<void> {
  await execute(
    connection,
    sql`UPDATE sf_api_told SET used = $1, daily_limit = $2, told_at = $3, refused_at = $4
        WHERE greatest(told_at, refused_at) IS NULL
           OR greatest(told_at, refused_at) < greatest($3::timestamptz, $4::timestamptz)`,
    [used, limit, toldAt, refusedAt],
  );
}

async function stateOf(connection: Connection): Promise<LedgerState> {
  const state = only(
    await query<StateRow>(
      connection,
      sql`SELECT sf_now() AS now, used, daily_limit, told_at, refused_at,
                 (SELECT count(*)::int FROM sf_api_process WHERE seen_at > sf_now() - interval '1 minute') AS processes
          FROM sf_api_told`,
    ),
  );
  const rows = await query<{ hour: string; calls: Partial<Record<RequestClass, number>> }>(
    connection,
    sql`SELECT hour, jsonb_object_agg(request_class, calls) AS calls FROM sf_api_budget
        WHERE hour > $1 GROUP BY hour`,
    [hourOf(state.now) - hoursCounted],
  );
  return {
    now: state.now,
    hours: rows.map((row) => ({ hour: Number(row.hour), calls: row.calls })),
    processes: state.processes,
    told: toldOf(state),
  };
}

function toldOf({
  used,
  daily_limit: limit,
  told_at: toldAt,
  refused_at: refusedAt,
}: ToldRow): ToldUsage | null {
  if (used === null || limit === null || toldAt === null) return null;
  return { used: Number(used), limit: Number(limit), toldAt, refusedAt };
}

function hourOf(at: Date): number {
  return Math.floor(at.getTime() / hourMs);
}

/** Forgets hours and processes that nobody asks for any more. */
async function forgetOld(connection: Connection): Promise<void> {
  await execute(
    connection,
    sql`DELETE FROM sf_api_budget WHERE hour < floor(extract(epoch FROM sf_now()) / 3600)::bigint - $1`,
    [HOURS_KEPT],
  );
  await execute(connection, sql`DELETE FROM sf_api_process WHERE seen_at < sf_now() - interval '1 day'`);
}
