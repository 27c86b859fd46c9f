import { describe, expect, it } from '@jest/globals';
import { awaitOpenStreams } from './open-streams.ts';

const report = (parts: object): object => ({ status: 'degraded', details: { process: { parts } } });
const wait = (answers: readonly (object | Error)[], withinMs = 5_000, ended?: string) => {
  let asked = 0;
  return awaitOpenStreams({
    fetchReadiness: () => {
      const answer = answers[Math.min(asked++, answers.length - 1)];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    withinMs,
    ended: () => ended,
    everyMs: 1,
  });
};

describe('waiting for open streams', () => {
  it('goes on once they are open, whatever came before', async () => {
    const answers = [new Error('refused'), report({ streams: 'down' }), report({ streams: 'up' })];
    await expect(wait(answers)).resolves.toBe('open');
  });

  it('waits for nothing when they are switched off', async () => {
    await expect(wait([report({ postgres: 'up' })])).resolves.toBe('off');
  });

  it('does not wait for ever, nor for a worker that has ended', async () => {
    await expect(wait([report({ streams: 'down' })], 0)).resolves.toBe('late');
    await expect(wait([new Error('refused')], 60_000, 'exit code 78')).resolves.toBe('late');
  });
});
