import { describe, expect, it } from '@jest/globals';
import { checkSync } from 'recheck';
import { trackedFiles } from '../tracked-files.ts';
import { staticPatterns } from './static-patterns.ts';

/** Where texts from elsewhere arrive: the product. Tests, tools for developers and the simulator are not exposed. */
const exposed = trackedFiles('apps', 'libs', 'tools/ops').filter(
  (file) => /\/src\/.*\.ts$/.test(file) && !/\.spec\.ts$|^libs\/testing\//.test(file),
);

/**
 * A smaller search than the default; it still finds every pattern below, and takes a tenth of the time. It ends by steps
 * and not by time: a busy machine must not come to another verdict.
 */
const search = {
  timeout: null,
  attackTimeout: null,
  incubationTimeout: null,
  seedingTimeout: null,
  incubationLimit: 3_000,
  maxInitialGenerationSize: 60,
  maxGenerationSize: 20,
  maxIteration: 3,
  attackLimit: 1e7,
};

const verdict = (source: string, flags: string): string => {
  const found = checkSync(source, flags, search);
  return found.status === 'vulnerable' ? `vulnerable, ${found.complexity.summary}` : found.status;
};

describe('sec-19: regular expressions', () => {
  it.each([
    '^(a+)+$',
    '^(a|a)*$',
    '(.*)*x',
    '^(\\w+\\s?)*$',
    '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(?:a{1,20}){1,20}b',
    '=+$',
  ])('%s would be found', (source) => {
    expect(verdict(source, '')).toMatch(/^vulnerable/);
  });

  it('of the product cannot be made to backtrack for long', () => {
    const patterns = staticPatterns(exposed);
    expect(patterns.length).toBeGreaterThan(60);
    const unsafe = patterns
      .map(({ file, source, flags }) => ({ file, source, verdict: verdict(source, flags) }))
      .filter((pattern) => pattern.verdict !== 'safe');
    expect(unsafe).toEqual([]);
  });
});
