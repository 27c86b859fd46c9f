import { once } from 'node:events';
import { UmbraError } from '@umbra/domain';
import {
  catalogueSection,
  createLogger,
  databaseSection,
  loadEnv,
  loadFieldMap,
  redisSection,
  systemClock,
  type EnvSource,
} from '@umbra/platform';
import { checkRedis, connectFast, RedisCache } from '@umbra/redis';
import { createChangeDecoder } from '@umbra/salesforce';
import { createStore, type Store } from '@umbra/store';
import { KeptSchemaBook, Mirror, type MirrorOptions } from '@umbra/sync';
import type { Streams } from './output.ts';

/** The write path without Salesforce: what a command needs that merges what is stored already. */
export interface MirrorParts {
  readonly store: Store;
  readonly mirror: Mirror;
  /** Schemas of events as they were kept. */
  readonly schemas: KeptSchemaBook;
}

/**
 * Runs `work` with a mirror over the configured database. The rules of projection are those of the org that the
 * database mirrors, as it was last seen.
 * @throws UmbraError SYNC_NOTHING_KEPT when no org was ever seen; QUEUE_UNAVAILABLE when the caches could not be told;
 *   STORE_*, INPUT_CONFIGURATION
 */
export async function withMirrorParts<T>(
  source: EnvSource,
  streams: Streams,
  work: (parts: MirrorParts) => Promise<T>,
  options: Pick<MirrorOptions, 'heedsFloor'> = {},
): Promise<T> {
  const { env } = loadEnv(
    { database: databaseSection, redis: redisSection, catalogue: catalogueSection },
    source,
  );
  const fieldMap = loadFieldMap(env.catalogue.fieldMapFile);
  const { log } = createLogger({ service: 'ops', level: 'error', sink: streams.stderr });
  const url = env.redis.url.reveal();
  const store = createStore({ databaseUrl: env.database.url.reveal(), applicationName: 'umbra-ops' });
  try {
    await store.check();
    const org = await store.org.known();
    if (org === undefined)
      throw new UmbraError('SYNC_NOTHING_KEPT', 'This database mirrors no org yet: nothing was ever read');
    await checkRedis({ url });
    const redis = connectFast({ url, name: 'ops', log });
    const cache = new RedisCache({ redis, clock: systemClock, log });
    try {
      if (redis.status !== 'ready') await once(redis, 'ready', { signal: AbortSignal.timeout(5_000) });
      const defaultCurrency = org.isMultiCurrency ? null : (env.catalogue.defaultCurrency ?? null);
      const rules = { fieldMap, defaultCurrency };
      const mirror = new Mirror({ store: store.shadow, cache, rules, log, ...options });
      const schemas = new KeptSchemaBook(store.eventSchemas, store.shadow, createChangeDecoder);
      const result = await work({ store, mirror, schemas });
      if (cache.owedInvalidations > 0)
        throw new UmbraError(
          'QUEUE_UNAVAILABLE',
          'The rows are written, but Redis did not confirm the cache',
        );
      return result;
    } finally {
      await cache.close();
      redis.disconnect();
    }
  } finally {
    await store.close();
  }
}
