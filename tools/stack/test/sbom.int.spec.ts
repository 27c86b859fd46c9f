import { beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { repositoryRoot } from '../src/paths.ts';
import { prepareApps } from '../src/prepare.ts';

const names = ['bff', 'worker', 'ops'] as const;

interface Sbom {
  readonly metadata: { readonly component: { readonly name: string } };
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly purl: string;
    readonly hashes?: readonly unknown[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, unknown>>;
}

const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** Everything that Node could load, found by walking the folders as Node would, from the links of the bundle on. */
function installedBelow(app: string): Set<string> {
  const found = new Set<string>();
  const queue = Object.keys(manifestIn(join(repositoryRoot, 'dist', app)).dependencies ?? {}).map((name) =>
    realpathSync(join(repositoryRoot, 'dist', app, 'node_modules', name)),
  );
  const visited = new Set<string>();
  for (let folder = queue.pop(); folder !== undefined; folder = queue.pop()) {
    if (visited.has(folder)) continue;
    visited.add(folder);
    const { name, version, ...manifest } = manifestIn(folder);
    found.add(`${name}@${version}`);
    const needs = {
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.peerDependencies,
      ...manifest.peerDependenciesMeta,
    };
    for (const needed of Object.keys(needs)) {
      const next = nearest(needed, folder);
      if (next !== undefined) queue.push(next);
    }
  }
  return found;
}

function nearest(name: string, from: string): string | undefined {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(candidate)) return realpathSync(candidate);
  }
  return undefined;
}

beforeAll(() => prepareApps(repositoryRoot, names, () => undefined));

describe.each(names)('sec-54: the bill of materials of %s', (name) => {
  const text = (): string => readFileSync(join(repositoryRoot, 'dist', name, 'sbom.cdx.json'), 'utf8');
  const sbom = (): Sbom => JSON.parse(text()) as Sbom;

  it('lies beside the build and is valid CycloneDX 1.6', async () => {
    expect(sbom().metadata.component.name).toBe(`umbra-${name}`);
    expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text())).toBeNull();
  });

  it('lists what can be loaded, and beyond it only what other platforms get', () => {
    const listed = new Set(sbom().components.map((component) => component['bom-ref']));
    const installed = installedBelow(name);
    expect(installed.size).toBeGreaterThan(60);
    expect([...installed].filter((key) => !listed.has(key))).toEqual([]);
    const beyond = [...listed].filter((key) => !installed.has(key));
    expect(beyond.filter((key) => !/(darwin|win32|linux|android|freebsd)/.test(key))).toEqual([]);
  });

  it('names every package with its hash, and who needs whom', () => {
    const { components, dependencies } = sbom();
    const refs = new Set(components.map((component) => component['bom-ref']));
    for (const { purl, hashes } of components) {
      expect(purl).toMatch(/^pkg:npm\//);
      expect([purl, hashes?.length]).toEqual([purl, 1]);
    }
    const needed = new Set(dependencies.flatMap(({ dependsOn = [] }) => dependsOn));
    expect([...refs].filter((ref) => !needed.has(ref))).toEqual([]);
  });
});
