import { FakeClock } from '../time/fake-clock.ts';
import { MemoryNearCache } from './memory-near-cache.ts';
import { nearCacheContract } from './near-cache-contract.ts';

nearCacheContract('in memory', () => {
  const clock = new FakeClock();
  const near = new MemoryNearCache(clock);
  return {
    near,
    invalidated: (scopes) => near.invalidated(scopes),
    outOfTouch: () => void (near.inTouch = false),
    missed: () => near.backInTouch(),
    advance: (ms) => clock.advance(ms),
  };
});
