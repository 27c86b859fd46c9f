import { randomUUID, createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Log } from '@umbra/domain';
import { loadFieldMap, PrometheusMeter, systemClock } from '@umbra/platform';
import { checkRedis, RedisServices } from '@umbra/redis';
import { openSalesforce } from '@umbra/salesforce';
import { createStore, type Store } from '@umbra/store';
import { openMirror, StaleReadGuard, type BackfillDeps } from '@umbra/sync';
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
    const mirror = await openMirror({
      records: salesforce.records,
      fieldMap,
      defaultCurrency: settings.catalogue.defaultCurrency ?? null,
      knownOrg: () => store.org.known(),
      store: store.shadow,
      cache: redis.cache,
      log,
      positions: store.streamLog,
      kept: store.kept,
    });
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

/** Fixed-length name of a text; tells a changed field map from an unchanged one. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
