import { beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../src/paths.ts';
import { prepareApps } from '../src/prepare.ts';

/** The simulator is a tool of its own; these are what runs beside real data. */
const production = ['bff', 'worker', 'ops'] as const;

interface Metafile {
  readonly inputs: Readonly<Record<string, { readonly imports: readonly { readonly path: string }[] }>>;
}

const metafileOf = (name: string): Metafile =>
  JSON.parse(readFileSync(join(repositoryRoot, 'dist', name, 'meta.json'), 'utf8')) as Metafile;

/** Where our code may come from; everything else is a package, which `image-closure.int.spec.ts` counts. */
const homes =
  /^(apps\/(bff|worker)|libs\/(domain|platform|reads|redis|salesforce|store|sync)|tools\/ops)\/src\//;

/** Names by which faults are made, clocks are moved, processes are killed or the simulator is steered. */
const hooks = [
  'FaultProxy',
  'FakeClock',
  'MemoryOrg',
  'MemoryCache',
  'RecordingLog',
  'startOwnRedis',
  'startSimulator',
  'UMBRA_TEST_SERVICES',
  'UMBRA_KILL',
  'killPoint',
  'sf_test_clock',
  '/tokens/revoke',
  'fast-check',
  '@jest/globals',
];

beforeAll(() => prepareApps(repositoryRoot, production, () => undefined));

describe.each(production)('sec-52: the artefact of %s', (name) => {
  it('is made of the product alone', () => {
    const { inputs } = metafileOf(name);
    const ours = Object.keys(inputs).filter((file) => !file.includes('node_modules/'));
    expect(ours.length).toBeGreaterThan(20);
    expect(ours.filter((file) => !homes.test(file))).toEqual([]);
    expect(ours.filter((file) => /\.(spec|e2e)\.ts$|\/tests?\//.test(file))).toEqual([]);
    const imported = Object.values(inputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    expect(imported.filter((path) => /@umbra\/(testing|simulator)/.test(path))).toEqual([]);
  });

  it('names no hook by which a fault could be armed', () => {
    const folder = join(repositoryRoot, 'dist', name);
    const scripts = readdirSync(folder).filter((file) => file.endsWith('.js'));
    let characters = 0;
    for (const script of scripts) {
      const text = readFileSync(join(folder, script), 'utf8');
      characters += text.length;
      expect([script, hooks.filter((hook) => text.includes(hook))]).toEqual([script, []]);
    }
    expect(characters).toBeGreaterThan(100_000);
  });
});
