import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@umbra/testing';
import { RequestWatch } from './request-watch.ts';

/** Lets everything that is due run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function watched() {
  const clock = new FakeClock();
  const server = new EventEmitter();
  const watch = new RequestWatch(server, clock);
  let isQuiet = false;
  return {
    ask: (url: string) => server.emit('request', { url }),
    pass: async (ms: number) => {
      await settle();
      clock.advance(ms);
      await settle();
    },
    stop: () => void watch.quiet().then(() => (isQuiet = true)),
    isQuiet: () => isQuiet,
  };
}

describe('a server that is going to close', () => {
  it('closes at once when nobody asks, or only for its health', async () => {
    const { ask, isQuiet, pass, stop } = watched();
    ask('/api/catalog');
    await pass(1_000);
    ask('/health/ready');
    stop();
    await settle();
    expect(isQuiet()).toBe(true);
  });

  it('goes on as long as somebody asks', async () => {
    const { ask, isQuiet, pass, stop } = watched();
    ask('/api/catalog');
    stop();
    for (let second = 0; second < 3; second++) {
      await pass(900);
      expect(isQuiet()).toBe(false);
      ask('/api/catalog');
    }
    await pass(1_000);
    expect(isQuiet()).toBe(true);
  });

  it('but not for ever', async () => {
    const { ask, isQuiet, pass, stop } = watched();
    ask('/api/catalog');
    stop();
    for (let time = 0; time < 20; time++) {
      await pass(500);
      ask('/api/catalog');
    }
    await pass(1);
    expect(isQuiet()).toBe(true);
  });
});
