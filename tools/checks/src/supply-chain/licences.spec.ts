import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { installedPackages } from './installed-packages.ts';
import { licenceProblem } from './licences.ts';

const shipped = new Set(
  ['bff', 'worker', 'ops'].flatMap((app) => {
    const text = readFileSync(`dist/${app}/sbom.cdx.json`, 'utf8');
    const { components } = JSON.parse(text) as { components: { 'bom-ref': string }[] };
    return components.map((component) => component['bom-ref']);
  }),
);

describe('sec-56: licences', () => {
  it.each([
    ['GPL-3.0-only', true, 'is under GPL-3.0-only'],
    ['AGPL-3.0-or-later', false, 'is under AGPL'],
    ['EPL-2.0', true, 'what we ship may not be'],
    ['EPL-2.0', false, undefined],
    ['(GPL-2.0-only OR MIT)', true, undefined],
    ['MIT AND GPL-2.0-only', true, 'is under MIT AND GPL'],
    ['', true, 'names no licence'],
    ['SEE LICENSE IN LICENSE.md', true, 'cannot be read'],
    ['UNLICENSED', true, 'cannot be read'],
    ['Apache-2.0', true, undefined],
  ])('%j, shipped %p: %s', (licence, ships, phrase) => {
    const problem = licenceProblem({ name: 'planted', version: '1.0.0', licence }, ships);
    expect(problem).toEqual(phrase === undefined ? undefined : expect.stringContaining(phrase));
  });

  it('of every package that is installed will do', () => {
    const packages = installedPackages();
    expect(packages.length).toBeGreaterThan(500);
    expect(packages.filter(({ name, version }) => shipped.has(`${name}@${version}`)).length).toBeGreaterThan(
      100,
    );
    const problems = packages.map((each) =>
      licenceProblem(each, shipped.has(`${each.name}@${each.version}`)),
    );
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });
});
