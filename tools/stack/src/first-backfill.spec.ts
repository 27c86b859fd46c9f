import { describe, expect, it } from '@jest/globals';
import { decideFirstBackfill } from './first-backfill.ts';

const at = '2026-01-01T00:00:00.000Z';

function status(coveredAt: readonly (string | null)[], states: readonly string[]) {
  return {
    postgres: {
      facts: {
        objects: coveredAt.map((covered) => ({ coveredAt: covered })),
        runs: states.map((state) => ({ state })),
      },
    },
  };
}

describe('the first backfill', () => {
  it.each([
    ['an empty database', status([null, null], []), 'new'],
    ['a filled one', status([at, at], ['complete']), 'none'],
    ['a filled one whose last run failed', status([at, at], ['failed', 'complete']), 'none'],
    ['one whose run was killed', status([null, null], ['running']), 'resume'],
    ['one whose run failed after one object', status([at, null], ['failed']), 'resume'],
    ['one whose run was given up', status([null, null], ['abandoned']), 'new'],
    ['one that lacks an object of ours', status([at, null], ['complete']), 'new'],
  ] as const)('of %s', (_, facts, need) => {
    expect(decideFirstBackfill(facts)).toBe(need);
  });
});
