import { describe, expect, it } from '@jest/globals';
import { jsonExceeds } from './json-exceeds.ts';

describe('jsonExceeds', () => {
  it.each([
    ['[[1]]', 2, undefined],
    ['[[[1]]]', 2, 'depth'],
    ['{"a":[{"b":1}]}', 2, 'depth'],
    ['["[[[[[["]', 2, undefined],
    ['["\\"[[[[["]', 2, undefined],
    ['["\\\\",[[1]]]', 2, 'depth'],
    ['[1],[1],[1]', 1, undefined],
    ['["unended [[[[', 2, undefined],
  ] as const)('%s, depth %d: %s', (text, depth, verdict) => {
    expect(jsonExceeds(text, { depth })).toBe(verdict);
  });

  it.each([
    ['{"a":1,"b":{"c":2}}', 3, undefined],
    ['{"a":1,"b":{"c":2}}', 2, 'keys'],
    ['{"a:b:c:d":":::"}', 1, undefined],
  ] as const)('%s, %d keys: %s', (text, keys, verdict) => {
    expect(jsonExceeds(text, { depth: 9, keys })).toBe(verdict);
  });
});
