import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CacheEntry, SharedCache } from '@umbra/domain';

/** A fresh, empty cache for one test. */
export interface CacheUnderTest {
  readonly cache: SharedCache;
  /** As a server does that restarts without its data. */
  loseEverything(): Promise<void>;
  close(): Promise<void>;
}

function entry(key: string, scopes: readonly string[], value = `value of ${key}`): CacheEntry {
  return { key, scopes, value, ttlSeconds: 60 };
}

/** What every `SharedCache` promises; called with each implementation. */
export function sharedCacheContract(name: string, open: () => Promise<CacheUnderTest>): void {
  describe(`shared cache: ${name}`, () => {
    let under: CacheUnderTest;
    let cache: SharedCache;

    beforeEach(async () => {
      under = await open();
      cache = under.cache;
    });

    afterEach(async () => {
      await under.close();
    });

    async function fillNow(...entries: CacheEntry[]): Promise<number> {
      const { generation } = await cache.lookup(entries.map(({ key }) => key));
      return cache.fill(entries, generation);
    }

    async function valueOf(key: string): Promise<string | null | undefined> {
      return (await cache.lookup([key])).values[0];
    }

    it('gives back what was filled, in the order asked for, and null for the rest', async () => {
      expect(await fillNow(entry('catalog:a', ['catalog:x']), entry('catalog:b', []))).toBe(2);
      const { values } = await cache.lookup(['catalog:b', 'catalog:none', 'catalog:a']);
      expect(values).toEqual(['value of catalog:b', null, 'value of catalog:a']);
    });

    it('keeps any text: line ends, quotes, every script, nothing at all', async () => {
      for (const value of ['', 'a\nb\r"\'\\', 'ปลอด 日本 🛰', '{"x":[null]}']) {
        await fillNow(entry('catalog:t', ['catalog:s:with space\n%3A'], value));
        expect(await valueOf('catalog:t')).toBe(value);
      }
    });

    it('drops exactly the entries of the scope', async () => {
      await fillNow(entry('catalog:a', ['catalog:x', 'catalog:y']), entry('catalog:b', ['catalog:z']));
      await cache.invalidate(['catalog:y']);
      expect(await valueOf('catalog:a')).toBeNull();
      expect(await valueOf('catalog:b')).toBe('value of catalog:b');
    });

    it('drops everything below a prefix, and nothing else', async () => {
      await fillNow(entry('catalog:a', ['catalog:x']), entry('eligibility:a', []));
      await cache.invalidateAll('catalog:');
      expect(await valueOf('catalog:a')).toBeNull();
      expect(await valueOf('eligibility:a')).toBe('value of eligibility:a');
      await fillNow(entry('catalog:a', ['catalog:x'], 'new'));
      expect(await valueOf('catalog:a')).toBe('new');
    });

    it.each([
      ['its scope', (under: SharedCache) => under.invalidate(['catalog:x'])],
      ['its prefix as a scope', (under: SharedCache) => under.invalidate(['catalog:'])],
      ['its whole prefix', (under: SharedCache) => under.invalidateAll('catalog:')],
    ])('a slow load cannot put the old value back after the invalidation of %s', async (_what, drop) => {
      const { generation } = await cache.lookup(['catalog:a']);
      await drop(cache);
      expect(await cache.fill([entry('catalog:a', ['catalog:x'], 'old')], generation)).toBe(0);
      expect(await valueOf('catalog:a')).toBeNull();
    });

    it('a slow load is not disturbed by the invalidation of something else', async () => {
      const { generation } = await cache.lookup(['catalog:a', 'catalog:b']);
      await cache.invalidate(['catalog:x', 'eligibility:x']);
      const entries = [entry('catalog:a', ['catalog:x']), entry('catalog:b', ['catalog:y'])];
      expect(await cache.fill(entries, generation)).toBe(1);
      expect(await valueOf('catalog:b')).toBe('value of catalog:b');
    });

    it('invalidating twice, or what was never filled, does no harm', async () => {
      await cache.invalidate(['catalog:x']);
      await cache.invalidate(['catalog:x', 'catalog:x']);
      expect(await fillNow(entry('catalog:a', ['catalog:x']))).toBe(1);
      expect(await valueOf('catalog:a')).toBe('value of catalog:a');
    });

    it('a load that began before all data was lost fills nothing', async () => {
      await cache.invalidate(['catalog:y']);
      const { generation } = await cache.lookup(['catalog:a']);
      await cache.invalidate(['catalog:x']);
      await under.loseEverything();
      expect(await cache.fill([entry('catalog:a', ['catalog:x'], 'old')], generation)).toBe(0);
      expect(await valueOf('catalog:a')).toBeNull();
      await cache.invalidate(['catalog:x']);
      expect(await fillNow(entry('catalog:a', ['catalog:x']))).toBe(1);
    });

    it('stores nothing that would never end, and nothing without a generation', async () => {
      const { generation } = await cache.lookup(['catalog:a']);
      expect(await cache.fill([{ ...entry('catalog:a', []), ttlSeconds: 0 }], generation)).toBe(0);
      expect(await cache.fill([entry('catalog:a', [])], null)).toBe(0);
      expect(await valueOf('catalog:a')).toBeNull();
    });

    it('looks up nothing without asking anybody', async () => {
      expect((await cache.lookup([])).values).toEqual([]);
    });
  });
}
