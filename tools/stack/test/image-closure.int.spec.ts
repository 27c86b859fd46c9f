import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { apps, type AppName } from '../src/bundle.ts';
import { repositoryRoot, stackPaths } from '../src/paths.ts';
import { prepareApps } from '../src/prepare.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What the Dockerfile puts together, without an engine. The worker with kill points is for tests and has no image. */
const names = (Object.keys(apps) as AppName[]).filter((name) => name !== 'worker-test');

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const readJson = (file: string) => JSON.parse(readFileSync(join(repositoryRoot, file), 'utf8')) as unknown;

const manifestFiles = ['apps', 'libs', 'tools'].flatMap((area) =>
  readdirSync(join(repositoryRoot, area))
    .map((name) => join(area, name, 'package.json'))
    .filter((file) => existsSync(join(repositoryRoot, file))),
);
const manifests = new Map(
  manifestFiles.map((file) => [(readJson(file) as Manifest).name, readJson(file) as Manifest]),
);

/** Packages that `pnpm install --prod --filter <name>...` brings: those of the app and of every library below it. */
function productionPackages(name: string, seen = new Set<string>()): Set<string> {
  for (const dependency of Object.keys(manifests.get(name)?.dependencies ?? {})) {
    if (seen.has(dependency)) continue;
    seen.add(dependency);
    productionPackages(dependency, seen);
  }
  return seen;
}

beforeAll(() => prepareApps(repositoryRoot, names, () => undefined));

describe.each(names)('the image of %s', (name) => {
  it('holds every package that the bundle imports', () => {
    const imported = Object.keys((readJson(`dist/${name}/package.json`) as Manifest).dependencies ?? {});
    const brought = productionPackages(`@umbra/${name}`);
    expect(imported.length).toBeGreaterThan(3);
    expect(imported.filter((dependency) => !brought.has(dependency))).toEqual([]);
  });

  it('sec-52 is made of no test code and no simulator', () => {
    const ours = Object.keys((readJson(`dist/${name}/meta.json`) as { inputs: object }).inputs);
    const foreign = ours.filter((file) => /\.(spec|e2e)\.ts$|\/test\/|^libs\/testing\//.test(file));
    const simulator = ours.filter((file) => file.startsWith('tools/simulator/'));
    expect({ foreign, simulator: name === 'simulator' ? [] : simulator }).toEqual({
      foreign: [],
      simulator: [],
    });
  });
});

describe('a production install', () => {
  // pnpm keeps one store per file system, and the packages are in the store of the checkout's.
  const image = temporaryFolder(stackPaths().tests);
  afterAll(() => image[Symbol.dispose]());

  it('has its packages where the links of a bundle point, and no development dependency', () => {
    const root = image.path;
    for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifestFiles]) {
      cpSync(join(repositoryRoot, file), join(root, file));
    }
    const install = ['install', '--frozen-lockfile', '--prod', '--offline', '--filter', '@umbra/worker...'];
    execFileSync('pnpm', install, { cwd: root, stdio: 'pipe' });
    cpSync(join(repositoryRoot, 'dist/worker'), join(root, 'dist/worker'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    for (const link of links(join(root, 'dist/worker/node_modules'))) {
      expect(relative(root, realpathSync(link))).toMatch(/^node_modules\/\.pnpm\//);
    }
    const installed = readdirSync(join(root, 'node_modules/.pnpm'));
    expect(installed.filter((name) => /^(jest|typescript|eslint|nx|prettier|esbuild)@/.test(name))).toEqual(
      [],
    );
  });
});

function links(folder: string): string[] {
  return readdirSync(folder).flatMap((name) =>
    name.startsWith('@') ? links(join(folder, name)) : [join(folder, name)],
  );
}
