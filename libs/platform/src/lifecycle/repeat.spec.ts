import { describe, expect, it } from '@jest/globals';
import type { Clock, Log } from '@umbra/domain';
import { repeat } from './repeat.ts';

function setup() {
  const messages: string[] = [];
  const write = (_fields: unknown, message: string): void => void messages.push(message);
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
  const sleepers: (() => void)[] = [];
  const clock: Clock = {
    now: () => new Date(),
    monotonic: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(new Error('stopped'));
        sleepers.push(resolve);
        signal?.addEventListener('abort', () => reject(new Error('stopped')));
      }),
  };
  return { messages, log, clock, sleepers };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('repeat', () => {
  it('never overlaps rounds and lets the running one end', async () => {
    const { log, clock, sleepers } = setup();
    let running = 0;
    let rounds = 0;
    let finish = (): void => undefined;
    const task = repeat({
      name: 'release',
      everyMs: 5_000,
      clock,
      log,
      run: async () => {
        expect(++running).toBe(1);
        rounds++;
        await new Promise<void>((resolve) => (finish = resolve));
        running--;
      },
    });
    await turn();
    finish();
    await turn();
    sleepers[0]?.();
    await turn();
    expect(rounds).toBe(2);
    const stopped = task.stop();
    finish();
    await stopped;
    expect(running).toBe(0);
    expect(rounds).toBe(2);
  });

  it('goes on after failures: one warning per storm, one line when it is over', async () => {
    const { log, clock, sleepers, messages } = setup();
    let round = 0;
    const task = repeat({
      name: 'release',
      everyMs: 1,
      clock,
      log,
      run: () => (++round < 4 ? Promise.reject(new Error('no')) : Promise.resolve()),
    });
    for (let at = 0; at < 4; at++) {
      await turn();
      sleepers[at]?.();
    }
    await turn();
    await task.stop();
    expect(messages).toEqual([
      'recurring task failed',
      'recurring task failed again',
      'recurring task failed again',
      'recurring task works again',
    ]);
  });
});
