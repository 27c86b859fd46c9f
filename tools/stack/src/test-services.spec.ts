import { describe, expect, it } from '@jest/globals';
import { selectedProjects } from './test-services.ts';

describe('which jest projects a run has', () => {
  it.each([
    [['node', 'jest'], undefined],
    [
      ['node', 'jest', '--selectProjects', 'domain', 'reads', '--runInBand'],
      ['domain', 'reads'],
    ],
    [
      ['node', 'jest', '--selectProjects=store', 'path'],
      ['store', 'path'],
    ],
    [['node', 'jest', '--selectProjects', 'domain'], ['domain']],
    [['node', 'jest', '--ignoreProjects', 'e2e'], undefined],
  ])('is read from %j', (argv, expected) => {
    expect(selectedProjects(argv)).toEqual(expected);
  });
});
