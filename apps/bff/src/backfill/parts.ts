import { randomUUID, createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { UmbraError, type FieldMap, type Log, type OrgFacts } from '@umbra/domain';
import { loadFieldMap, PrometheusMeter, systemClock } from '@umbra/platform';
import { checkRedis, RedisServices } from '@umbra/redis';
import { openSalesforce, type Salesforce } from '@umbra/salesforce';
import { createStore, type KnownOrg, type Store } from '@umbra/store';
import { Mirror, settleRules, StaleReadGuard, type BackfillDeps } from '@umbra/sync';
import type { BackfillSettings } from './settings.ts';

export interface BackfillParts {
  readonly deps: BackfillDeps;
  readonly store: Store;
  close(): Promise<void>;
}

export interface PartsOptions {
  /** Oldest major version of PostgreSQL that will do; the store's own floor when left out. */
  readonly postgresFloor?: number;
}

/**
 * Connects everything and looks for whatever could stop the run, cheapest first, before anything is written: field map
 * file, PostgreSQL, Redis, credentials, the field map against the org, the currency.
 * @throws UmbraError of the first that is wrong; nothing stays open then
 */
export async function connectParts(
  settings: BackfillSettings,
  log: Log,
  options: PartsOptions = {},
): Promise<BackfillParts> {
  const fieldMap = loadFieldMap(settings.catalogue.fieldMapFile);
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const each of closers.splice(0).reverse()) await each();
  };
  try {
    const store = createStore({
      databaseUrl: settings.database.url.reveal(),
      applicationName: 'umbra-backfill',
      ...(options.postgresFloor === undefined ? {} : { floor: options.postgresFloor }),
    });
    closers.push(() => store.close());
    await store.check();
    await checkRedis({ url: settings.redis.url.reveal() });
    const redis = new RedisServices({ url: settings.redis.url.reveal(), clock: systemClock, log });
    closers.push(() => redis.close());
    const salesforce = openSalesforce(settings.salesforce, {
      clock: systemClock,
      log,
      meter: new PrometheusMeter('backfill'),
      ledger: store.budget,
      budget: redis.budget,
      slots: redis.slots,
      texts: redis.texts,
    });
    closers.push(() => salesforce.close());
    await salesforce.queue.connect();
    const mirror = await settle(settings, { store, redis, salesforce, fieldMap, log });
    const deps: BackfillDeps = {
      mirror,
      runs: store.runs,
      bulk: salesforce.bulk,
      records: salesforce.records,
      clock: systemClock,
      guard: new StaleReadGuard({ changes: store.changeLog, clock: systemClock }),
      owner: `${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}`,
    };
    return { deps, store, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Connected {
  readonly store: Store;
  readonly redis: RedisServices;
  readonly salesforce: Salesforce;
  readonly fieldMap: FieldMap;
  readonly log: Log;
}

/** Compares the configuration with the org and remembers what is asked of the org once. */
async function settle(settings: BackfillSettings, connected: Connected): Promise<Mirror> {
  const { store, redis, salesforce, fieldMap, log } = connected;
  const { rules, warnings } = await settleRules(
    salesforce.records,
    fieldMap,
    settings.catalogue.defaultCurrency ?? null,
  );
  for (const reason of warnings) log.warn({ reason }, 'field map warning');
  const org = await salesforce.records.org();
  requireSameOrg(await store.org.known(), org);
  return new Mirror({
    store: store.shadow,
    cache: redis.cache,
    rules,
    log,
    positions: store.streamLog,
    kept: store.kept,
  });
}

/** @throws UmbraError SYNC_ORG_CHANGED: rows of two orgs in one table could never be told apart again */
function requireSameOrg(known: KnownOrg | undefined, org: OrgFacts): void {
  if (known !== undefined && known.orgId !== org.orgId)
    throw new UmbraError(
      'SYNC_ORG_CHANGED',
      `This database mirrors the org ${known.orgId}, but SF_LOGIN_URL leads to ${org.orgId}. If that is right, start the worker: it meets the new org and reads everything anew`,
    );
}

/** Fixed-length name of a text; tells a changed field map from an unchanged one. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
