import { once } from 'node:events';
import { allCatalogScope, allEligibilityScope, UmbraError } from '@umbra/domain';
import { createLogger, loadEnv, redisSection, systemClock, type EnvSource } from '@umbra/platform';
import { checkRedis, connectFast, RedisCache } from '@umbra/redis';
import type { Output, Streams } from '../output.ts';

export interface CacheClearOptions {
  readonly catalog: boolean;
  readonly eligibility: boolean;
  readonly dryRun: boolean;
}

/**
 * Drops cached answers: those of the catalogue, those of eligibility, or both when neither is named. The next read of
 * each comes from the shadow.
 * @throws UmbraError QUEUE_*, INPUT_CONFIGURATION
 */
export async function runCacheClear(
  options: CacheClearOptions,
  source: EnvSource,
  output: Output,
  streams: Streams,
): Promise<void> {
  const both = options.catalog === options.eligibility;
  const areas = [
    ...(both || options.catalog ? (['catalog'] as const) : []),
    ...(both || options.eligibility ? (['eligibility'] as const) : []),
  ];
  const { env } = loadEnv({ redis: redisSection }, source);
  const url = env.redis.url.reveal();
  await checkRedis({ url });
  if (!options.dryRun) await invalidate(url, areas, streams);
  output.answer(
    { cleared: options.dryRun ? [] : areas, ...(options.dryRun ? { dryRun: true, would: areas } : {}) },
    () => `${options.dryRun ? 'Would drop' : 'Dropped'} the cached answers of: ${areas.join(', ')}`,
  );
}

async function invalidate(
  url: string,
  areas: readonly ('catalog' | 'eligibility')[],
  streams: Streams,
): Promise<void> {
  const { log } = createLogger({ service: 'ops', level: 'error', sink: streams.stderr });
  const redis = connectFast({ url, name: 'ops', log });
  const cache = new RedisCache({ redis, clock: systemClock, log });
  try {
    if (redis.status !== 'ready') await once(redis, 'ready', { signal: AbortSignal.timeout(5_000) });
    await cache.invalidate(areas.map((area) => (area === 'catalog' ? allCatalogScope : allEligibilityScope)));
    if (cache.owedInvalidations > 0)
      throw new UmbraError('QUEUE_UNAVAILABLE', 'Redis did not confirm that the cache was cleared');
  } finally {
    await cache.close();
    redis.disconnect();
  }
}
