import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { within } from './deadline.ts';

describe('a deadline', () => {
  it('hands on answers and failures', async () => {
    expect(await within(1_000, Promise.resolve('PONG'))).toBe('PONG');
    await expect(within(1_000, Promise.reject(new TypeError('defect')))).rejects.toThrow('defect');
  });

  it('ends the wait for a server that says nothing', async () => {
    const silent = new Promise(() => undefined);
    await expect(within(5, silent)).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  });

  it('counts an answer that has arrived while this process was too busy to look', async () => {
    // From here on timers come first, as after any turn that took long.
    await new Promise((resolve) => setImmediate(resolve));
    // Made by another thread meanwhile, as the bytes of a server are brought by the kernel.
    const answer = within(10, promisify(randomBytes)(8));
    for (const until = performance.now() + 100; performance.now() < until;);
    expect(await answer).toHaveLength(8);
  });
});
