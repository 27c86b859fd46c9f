import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { JsonValue, Log } from '@umbra/domain';
import {
  archiveSection,
  catalogueSection,
  createLogger,
  databaseSection,
  loadEnv,
  loadFieldMap,
  PrometheusMeter,
  redisSection,
  salesforceSection,
  systemClock,
  type EnvSource,
} from '@umbra/platform';
import { checkRedis, RedisServices } from '@umbra/redis';
import { openSalesforce, type Salesforce } from '@umbra/salesforce';
import { createStore, FolderArchive, type Store } from '@umbra/store';
import { openMirror, runRetention, StaleReadGuard, type Mirror, type NightlyDeps } from '@umbra/sync';
import type { Streams } from './output.ts';

/**
 * Runs `work` with everything that compares the shadow with Salesforce, as the worker has it: the same budget, the same
 * leases, so that both may be at it at once.
 * @throws UmbraError SYNC_ORG_CHANGED; INPUT_CONFIGURATION, STORE_*, QUEUE_*, SF_*
 */
export async function withUpkeepParts<T>(
  source: EnvSource,
  streams: Streams,
  work: (deps: NightlyDeps) => Promise<T>,
): Promise<T> {
  const { env } = loadEnv(
    {
      database: databaseSection,
      redis: redisSection,
      salesforce: salesforceSection,
      catalogue: catalogueSection,
      archive: archiveSection,
    },
    source,
  );
  const fieldMap = loadFieldMap(env.catalogue.fieldMapFile);
  const { log } = createLogger({ service: 'ops', level: 'error', sink: streams.stderr });
  const url = env.redis.url.reveal();
  const store = createStore({ databaseUrl: env.database.url.reveal(), applicationName: 'umbra-ops' });
  const closers: (() => Promise<void>)[] = [() => store.close()];
  try {
    await store.check();
    await checkRedis({ url });
    const redis = new RedisServices({ url, clock: systemClock, log });
    closers.push(() => redis.close());
    const salesforce = openSalesforce(env.salesforce, {
      clock: systemClock,
      log,
      meter: new PrometheusMeter('ops'),
      ledger: store.budget,
      budget: redis.budget,
      slots: redis.slots,
      texts: redis.texts,
    });
    closers.push(() => salesforce.close());
    const mirror = await openMirror({
      records: salesforce.records,
      fieldMap,
      defaultCurrency: env.catalogue.defaultCurrency ?? null,
      knownOrg: () => store.org.known(),
      store: store.shadow,
      cache: redis.cache,
      log,
      positions: store.streamLog,
      kept: store.kept,
    });
    return await work(depsOf({ store, salesforce, mirror, log, archiveFolder: env.archive.folder }));
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

interface Connected {
  readonly store: Store;
  readonly salesforce: Salesforce;
  readonly mirror: Mirror;
  readonly log: Log;
  readonly archiveFolder: string;
}

function depsOf({ archiveFolder, log, mirror, salesforce, store }: Connected): NightlyDeps {
  return {
    backfill: {
      mirror,
      runs: store.runs,
      bulk: salesforce.bulk,
      records: salesforce.records,
      clock: systemClock,
      guard: new StaleReadGuard({ changes: store.changeLog, clock: systemClock }),
      owner: `${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}`,
    },
    comparison: store.comparison,
    ledger: store.ledger,
    upkeep: store.upkeep,
    reads: store.reads,
    streams: store.streamLog,
    sourceTime: (ours) => salesforce.sourceTime(ours),
    retention: async (signal) => {
      const archive = new FolderArchive(archiveFolder);
      const { kept, rawLogDays: days, tombstones } = store;
      const report = await runRetention({ days, archive, kept, tombstones, log }, { signal });
      return JSON.parse(JSON.stringify(report)) as JsonValue;
    },
  };
}
