import { describe, expect, it } from '@jest/globals';
import type { Log } from '@umbra/domain';
import { createShutdown } from './shutdown.ts';

function recordingLog(): Log & { readonly messages: string[] } {
  const messages: string[] = [];
  const write = (_fields: unknown, message: string): void => void messages.push(message);
  const log = { messages, debug: write, info: write, warn: write, error: write, child: () => log };
  return log;
}

describe('createShutdown', () => {
  it('stops the parts once, the last one first, and goes on after a failure', async () => {
    const log = recordingLog();
    const shutdown = createShutdown({ log });
    const stopped: string[] = [];
    shutdown.onStop('pool', () => void stopped.push('pool'));
    shutdown.onStop('queue', () => Promise.reject(new Error('no')));
    shutdown.onStop('server', () => {
      expect(shutdown.signal.aborted).toBe(true);
      stopped.push('server');
    });
    await Promise.all([shutdown.stop('SIGTERM'), shutdown.stop('SIGINT')]);
    expect(stopped).toEqual(['server', 'pool']);
    expect(log.messages).toEqual(['stopping', 'part failed to stop', 'stopped']);
  });

  it('leaves a part that hangs behind at the deadline', async () => {
    const log = recordingLog();
    const shutdown = createShutdown({ log, deadlineMs: 20 });
    let poolStopped = false;
    shutdown.onStop('pool', () => void (poolStopped = true));
    shutdown.onStop('hangs', () => new Promise(() => undefined));
    await shutdown.stop('SIGTERM');
    expect(poolStopped).toBe(true);
    expect(log.messages).toContain('part did not stop in time');
  });
});
