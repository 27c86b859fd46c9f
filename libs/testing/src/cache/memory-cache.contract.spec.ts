import { describe, expect, it } from '@jest/globals';
import { MemoryCache } from './memory-cache.ts';
import { sharedCacheContract } from './shared-cache-contract.ts';

sharedCacheContract('in memory', () => {
  const cache = new MemoryCache();
  return Promise.resolve({
    cache,
    loseEverything: () => Promise.resolve(cache.loseEverything()),
    close: () => Promise.resolve(),
  });
});

describe('cache in memory', () => {
  it('outlives an entry at the end of its life', async () => {
    let now = 0;
    const cache = new MemoryCache({ now: () => new Date(now) });
    const { generation } = await cache.lookup(['catalog:a']);
    await cache.fill([{ key: 'catalog:a', scopes: [], value: 'v', ttlSeconds: 5 }], generation);
    now = 4_999;
    expect((await cache.lookup(['catalog:a'])).values).toEqual(['v']);
    now = 5_000;
    expect((await cache.lookup(['catalog:a'])).values).toEqual([null]);
  });

  it('misses and drops while away', async () => {
    const cache = new MemoryCache();
    cache.away = true;
    const { values, generation } = await cache.lookup(['catalog:a']);
    expect([values, generation]).toEqual([[null], null]);
  });
});
