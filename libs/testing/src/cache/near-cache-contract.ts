import { beforeEach, describe, expect, it } from '@jest/globals';
import type { NearCache, NearEntry } from '@umbra/domain';

/** A fresh near cache for one test, in touch with its feed. */
export interface NearCacheUnderTest {
  readonly near: NearCache;
  /** Its feed tells it of an invalidation. */
  invalidated(scopes: readonly string[]): void;
  /** Its feed fell silent. */
  outOfTouch(): void;
  /** Its feed is back, and may have missed something. */
  missed(): void;
  advance(ms: number): void;
}

const value = { some: 'answer' };

function entry(scopes: readonly string[], lifeMs = 30_000): NearEntry {
  return { value, scopes, lifeMs, bytes: 100 };
}

/** What every `NearCache` promises; called with each implementation. */
export function nearCacheContract(name: string, open: () => NearCacheUnderTest): void {
  describe(`near cache: ${name}`, () => {
    let under: NearCacheUnderTest;
    let near: NearCache;

    beforeEach(() => {
      under = open();
      near = under.near;
    });

    const keepNow = (key: string, one: NearEntry): boolean => near.keep(key, one, near.mark());

    it('finds what was kept, the very object, until the end of its life', () => {
      expect(keepNow('a', entry(['catalog:x'], 5_000))).toBe(true);
      under.advance(400);
      expect(near.find('a')).toEqual({ value, ageMs: 400 });
      expect(near.find('a')?.value).toBe(value);
      expect(near.find('b')).toBeUndefined();
      under.advance(4_600);
      expect(near.find('a')).toBeUndefined();
      expect(keepNow('a', entry([], 0))).toBe(false);
    });

    it('drops exactly what depends on the scope, or on anything below the prefix', () => {
      keepNow('a', entry(['catalog:x', 'catalog:y']));
      keepNow('b', entry(['catalog:z']));
      keepNow('c', entry(['eligibility:1']));
      under.invalidated(['catalog:y']);
      expect([near.find('a'), near.find('b')?.value, near.find('c')?.value]).toEqual([
        undefined,
        value,
        value,
      ]);
      under.invalidated(['catalog:']);
      expect([near.find('b'), near.find('c')?.value]).toEqual([undefined, value]);
    });

    it.each([['catalog:x'], ['catalog:']])('refuses a load that began before %s was invalidated', (scope) => {
      const mark = near.mark();
      under.invalidated([scope]);
      expect(near.keep('a', entry(['catalog:x']), mark)).toBe(false);
      expect(near.keep('b', entry(['eligibility:1']), mark)).toBe(true);
      expect(keepNow('a', entry(['catalog:x']))).toBe(true);
    });

    it('out of touch it finds only what was loaded less than a second ago', () => {
      keepNow('a', entry(['catalog:x']));
      under.outOfTouch();
      under.advance(2_000);
      expect(near.find('a')).toBeUndefined();
      const mark = near.mark();
      under.advance(600);
      near.keep('a', entry(['catalog:x']), mark);
      under.advance(399);
      expect(near.find('a')?.value).toBe(value);
      under.advance(1);
      expect(near.find('a')).toBeUndefined();
    });

    it('what may have been outdated meanwhile is gone, and what was being loaded is refused', () => {
      keepNow('a', entry(['catalog:x']));
      const mark = near.mark();
      under.missed();
      expect(near.find('a')).toBeUndefined();
      expect(near.keep('a', entry(['catalog:x']), mark)).toBe(false);
      expect(keepNow('a', entry(['catalog:x']))).toBe(true);
    });
  });
}
