import type { Leaves, ProjectionRules } from '@umbra/domain';
import { migrate, openStore, type Store } from '@umbra/store';
import { Mirror, StaleReadGuard, type BackfillDeps, type BackfillTuning } from '@umbra/sync';
import {
  MemoryOrg,
  RecordingLog,
  withTestDatabase,
  type TestDatabase,
  smallOrgFieldMap,
} from '@umbra/testing';
import { systemClock } from '@umbra/platform';

export interface MirrorUnderTest {
  readonly mirror: Mirror;
  readonly store: Store;
  readonly org: MemoryOrg;
  readonly db: TestDatabase;
  readonly log: RecordingLog;
  /** Scopes that were invalidated, in order. */
  readonly invalidated: string[];
  readonly deps: (owner?: string) => BackfillDeps;
}

/** Small pages, short waits: many boundaries to break at. */
export const tuning: Partial<BackfillTuning> = {
  pageRows: 150,
  pagesAtOnce: 3,
  leaseSeconds: 2,
  pollMs: { first: 1, longest: 5 },
  pageRetryMs: 1,
};

/** A mirror over a database of its own and an org in memory. */
export function withMirror<T>(
  body: (under: MirrorUnderTest) => Promise<T>,
  rules: ProjectionRules = { fieldMap: smallOrgFieldMap, defaultCurrency: null },
): Promise<T> {
  return withTestDatabase(migrate, async (db) => {
    const store = await openStore({ databaseUrl: db.url, applicationName: 'worker-test', max: 6 });
    try {
      const org = new MemoryOrg();
      const log = new RecordingLog();
      const invalidated: string[] = [];
      const cache = {
        invalidate: (scopes: readonly string[]) => {
          invalidated.push(...scopes);
          return Promise.resolve();
        },
        invalidateAllCatalogs: () => Promise.resolve(),
      };
      const mirror = new Mirror({ store: store.shadow, cache, rules, log });
      const deps = (owner = 'test'): BackfillDeps => ({
        mirror,
        runs: store.runs,
        bulk: org,
        records: org,
        clock: systemClock,
        guard: new StaleReadGuard({ changes: store.changeLog, clock: systemClock }),
        owner,
        tuning,
      });
      return await body({ mirror, store, org, db, log, invalidated, deps });
    } finally {
      await store.close();
    }
  });
}

/** Rows of both homes, by record id: the home, the user's columns, the payload. */
export async function shadowOf(
  db: TestDatabase,
): Promise<Map<string, { home: string; columns: Record<string, unknown>; payload: Leaves }>> {
  const found = new Map<string, { home: string; columns: Record<string, unknown>; payload: Leaves }>();
  for (const [table, key] of [
    ['sf_product_shadow', 'product_id'],
    ['sf_pricebook_shadow', 'pricebook_entry_id'],
    ['sf_account_eligibility_shadow', 'account_id'],
  ] as const) {
    for (const row of await db.rows<{ row: Record<string, unknown> }>(
      `SELECT to_jsonb(t) AS row FROM ${table} t`,
    )) {
      const { raw_payload: payload, ...columns } = row.row;
      found.set(String(row.row[key]), { home: 'main', columns, payload: payload as Leaves });
    }
  }
  for (const { row } of await db.rows<{ row: Record<string, unknown> }>(
    'SELECT to_jsonb(t) AS row FROM sf_shadow_aside t',
  )) {
    found.set(String(row['record_id']), {
      home: String(row['reason']),
      columns: {},
      payload: row['doc'] as Leaves,
    });
  }
  return found;
}
