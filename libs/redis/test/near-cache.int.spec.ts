import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FaultProxy, startOwnRedis, type OwnRedis } from '@umbra/testing';
import type { Redis } from 'ioredis';
import { InvalidationFeed } from '../src/cache/invalidation-feed.ts';
import { NearStore } from '../src/cache/near-store.ts';
import { RedisLoadClaims } from '../src/cache/redis-load-claims.ts';
import { connectFast } from '../src/connection/connection.ts';
import { connected, patientCache } from './connections.ts';

const clock = { monotonic: () => performance.now() };

/** Polls: what is awaited happens in another connection. */
async function eventually(holds: () => boolean): Promise<void> {
  const until = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > until) throw new Error('did not come true');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('near cache beside Redis', () => {
  let server: OwnRedis;
  let proxy: FaultProxy;
  let writer: Redis;
  let listener: Redis;
  let near: NearStore;
  let feed: InvalidationFeed;

  beforeEach(async () => {
    server = await startOwnRedis();
    proxy = await FaultProxy.start({ host: '127.0.0.1', port: server.port });
    writer = await connected(connectFast({ url: server.url, name: 'writer' }));
    near = new NearStore({ clock });
    listener = connectFast({ url: proxy.through(server.url), name: 'invalidations' });
    feed = new InvalidationFeed({ redis: listener, near, clock });
    await eventually(() => inTouch());
  });

  afterEach(async () => {
    feed.close();
    listener.disconnect();
    writer.disconnect();
    await proxy.close();
    await server.close();
  });

  const keep = (key: string, scope: string): boolean =>
    near.keep(key, { value: { key }, scopes: [scope], lifeMs: 60_000, bytes: 1 }, near.mark());

  /** Whether it finds what was loaded more than a second ago. */
  function inTouch(): boolean {
    near.keep(
      'old',
      { value: {}, scopes: [], lifeMs: 60_000, bytes: 1 },
      { ...near.mark(), at: clock.monotonic() - 5_000 },
    );
    return near.find('old') !== undefined;
  }

  it('hears what another process invalidates: scopes, and whole prefixes', async () => {
    keep('a', 'catalog:class:Plan%3A 1');
    keep('b', 'catalog:b');
    keep('c', 'eligibility:c');
    const cache = patientCache(writer);
    await cache.invalidate(['catalog:class:Plan%3A 1']);
    await eventually(() => near.find('a') === undefined);
    expect(near.find('b')).toBeDefined();
    await cache.invalidateAllCatalogs();
    await eventually(() => near.find('b') === undefined);
    expect(near.find('c')).toBeDefined();
    await cache.close();
  });

  it.each([
    [
      'black-holed',
      () => Promise.resolve(proxy.set({ kind: 'black-hole' })),
      () => Promise.resolve(proxy.set({ kind: 'pass' })),
    ],
    [
      'cut off',
      () => Promise.resolve(proxy.set({ kind: 'down' })),
      () => Promise.resolve(proxy.set({ kind: 'pass' })),
    ],
    ['killed', () => server.kill(), () => server.start()],
  ])('%s: soon it counts on nothing older; back, it begins anew', async (_how, strike, mend) => {
    keep('a', 'catalog:a');
    await strike();
    await eventually(() => !inTouch());
    await mend();
    await eventually(() => inTouch());
    expect(near.find('a')).toBeUndefined();
  });

  it('a message that went another way is noticed by the next one', async () => {
    const cache = patientCache(writer);
    await cache.invalidate(['catalog:x']);
    keep('a', 'catalog:a');
    keep('b', 'catalog:b');
    await writer.hincrby('cache:state', 'count', 1);
    await cache.invalidate(['catalog:b']);
    await eventually(() => near.find('b') === undefined);
    expect(near.find('a')).toBeUndefined();
    await cache.close();
  });

  it('one of several claims a load, and gives it back', async () => {
    const claims = new RedisLoadClaims({ redis: writer, patienceMs: 10_000 });
    const first = await claims.claim(['catalog:a', 'catalog:b'], 60_000);
    const second = await claims.claim(['catalog:b', 'catalog:c'], 60_000);
    expect([...first.taken, ...second.taken]).toEqual(['catalog:b']);
    await second.release();
    expect((await claims.claim(['catalog:b'], 60_000)).taken.size).toBe(1);
    await first.release();
    expect((await claims.claim(['catalog:b'], 1)).taken.size).toBe(0);
    writer.disconnect();
    expect((await claims.claim(['catalog:b'], 60_000)).taken.size).toBe(0);
  });
});
