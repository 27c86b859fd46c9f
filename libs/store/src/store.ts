import type {
  BudgetLedger,
  ChangeLog,
  CoverageLedger,
  DirtyRecords,
  EventHistory,
  EventSchemas,
  KeptReads,
  LoggedChanges,
  RawLogDays,
  RunStore,
  ShadowComparison,
  ShadowReads,
  ShadowStore,
  StreamIdentity,
  StreamLog,
  Tombstones,
  UpkeepRuns,
} from '@umbra/domain';
import { PgEventHistory } from './archive/event-history.ts';
import { PgTombstones } from './archive/pg-tombstones.ts';
import { PgRawLogDays } from './archive/raw-log-days.ts';
import { createPool, query, type PoolOptions } from './connection-pool.ts';
import { ControlClient } from './control-client.ts';
import { PgEventSchemas } from './kept/pg-event-schemas.ts';
import { PgKeptReads } from './kept/pg-kept-reads.ts';
import { PgLoggedChanges } from './logged-changes.ts';
import { requireCurrentSchema, requireServerVersion } from './migrations.ts';
import { OrgMemory } from './org-memory.ts';
import { PgBudgetLedger } from './pg-budget-ledger.ts';
import { PgChangeLog } from './pg-change-log.ts';
import { PgCoverageLedger } from './pg-coverage-ledger.ts';
import { PgDirtyRecords } from './pg-dirty-records.ts';
import { PgRunStore } from './pg-run-store.ts';
import { PgShadowComparison } from './pg-shadow-comparison.ts';
import { PgShadowReads } from './pg-shadow-reads.ts';
import { PgShadowStore } from './pg-shadow-store.ts';
import { PgStreamIdentity } from './pg-stream-identity.ts';
import { PgStreamLog } from './pg-stream-log.ts';
import { PgUpkeepRuns } from './pg-upkeep-runs.ts';
import { RecentEvents } from './recent-events.ts';
import { ShadowInspection } from './shadow-inspection.ts';
import { sql } from './sql.ts';
import { translateStoreError } from './translate-error.ts';

export interface StoreOptions extends PoolOptions {
  /** Oldest major version of PostgreSQL that will do. */
  readonly floor?: number;
}

/** Everything that this process keeps in PostgreSQL, over one pool. */
export interface Store {
  readonly shadow: ShadowStore;
  readonly runs: RunStore;
  readonly reads: ShadowReads;
  readonly inspection: ShadowInspection;
  readonly org: OrgMemory;
  readonly streamLog: StreamLog;
  readonly changeLog: ChangeLog;
  readonly ledger: CoverageLedger;
  readonly streamIdentity: StreamIdentity;
  readonly dirtyRecords: DirtyRecords;
  readonly budget: BudgetLedger;
  readonly comparison: ShadowComparison;
  readonly upkeep: UpkeepRuns;
  readonly kept: KeptReads;
  readonly eventSchemas: EventSchemas;
  readonly eventHistory: EventHistory;
  readonly loggedChanges: LoggedChanges;
  readonly rawLogDays: RawLogDays;
  readonly tombstones: Tombstones;
  /**
   * Whether this release may work on this database.
   * @throws UmbraError STORE_UNAVAILABLE, STORE_CREDENTIALS_REFUSED, STORE_DATABASE_MISSING, STORE_TOO_OLD,
   *   STORE_SCHEMA_BEHIND, STORE_SCHEMA_NEWER, STORE_MIGRATION_FAILED
   */
  check(): Promise<void>;
  /** One round trip, for readiness. @throws UmbraError STORE_UNAVAILABLE, after `timeoutMs` (1 s) at the latest */
  ping(timeoutMs?: number): Promise<void>;
  /** Waits for statements that are under way. Closing twice does no harm. */
  close(): Promise<void>;
}

/** Connects with the first statement, not before: a process may start while PostgreSQL is away. */
export function createStore(options: StoreOptions): Store {
  const pool = createPool(options);
  const control = new ControlClient(pool);
  const recent = new RecentEvents();
  let closed: Promise<void> | undefined;
  return {
    shadow: new PgShadowStore(pool),
    runs: new PgRunStore(pool, control),
    reads: new PgShadowReads(pool),
    inspection: new ShadowInspection(pool),
    org: new OrgMemory(control),
    streamLog: new PgStreamLog(pool, recent),
    changeLog: new PgChangeLog(pool, recent),
    ledger: new PgCoverageLedger(pool),
    streamIdentity: new PgStreamIdentity(pool),
    dirtyRecords: new PgDirtyRecords(pool),
    budget: new PgBudgetLedger(pool),
    comparison: new PgShadowComparison(pool),
    upkeep: new PgUpkeepRuns(pool),
    kept: new PgKeptReads(pool),
    eventSchemas: new PgEventSchemas(pool),
    eventHistory: new PgEventHistory(pool),
    loggedChanges: new PgLoggedChanges(pool),
    rawLogDays: new PgRawLogDays(pool),
    tombstones: new PgTombstones(pool),
    async check() {
      const connection = await pool.connect().catch((error: unknown) => {
        throw translateStoreError(error);
      });
      try {
        await requireServerVersion(connection, options.floor);
        await requireCurrentSchema(connection);
      } finally {
        connection.release();
      }
    },
    async ping(timeoutMs = 1_000) {
      await within(timeoutMs, query(pool, sql`SELECT 1`));
    },
    close() {
      closed ??= control.close().then(() => pool.end());
      return closed;
    },
  };
}

/**
 * A store that has been checked.
 * @throws UmbraError as `check`; nothing stays open then
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const store = createStore(options);
  try {
    await store.check();
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

/** What is still under way after the time is abandoned: its outcome no longer matters to anyone. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(translateStoreError(new Error('Query read timeout'))), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
