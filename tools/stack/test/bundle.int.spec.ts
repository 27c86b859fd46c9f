import { beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleApp, isStale } from '../src/bundle.ts';
import { repositoryRoot } from '../src/paths.ts';
import { temporaryFolder } from './temporary-folder.ts';

let folder: ReturnType<typeof temporaryFolder>;
let root: string;

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

/** A package as pnpm lays it out: really in the virtual store, linked into the one that lists it. */
function install(owner: string, name: string, version: string): void {
  const real = `node_modules/.pnpm/${name}@${version}/node_modules/${name}`;
  write(`${real}/package.json`, JSON.stringify({ name, version, type: 'module', exports: './index.js' }));
  write(`${real}/index.js`, `export const version = '${name} ${version}';`);
  mkdirSync(join(root, owner, 'node_modules'), { recursive: true });
  symlinkSync(join(root, real), join(root, owner, 'node_modules', name));
}

/** JSON is YAML. */
const lockfile = JSON.stringify({
  importers: {
    'libs/store': {
      dependencies: { driver: { version: '1.0.0' }, 'late-driver': { version: '1.0.0' } },
    },
    'apps/worker': { dependencies: { driver: { version: '3.0.0' } } },
  },
  packages: { 'driver@1.0.0': {}, 'driver@3.0.0': {}, 'late-driver@1.0.0': {} },
  snapshots: { 'driver@1.0.0': {}, 'driver@3.0.0': {}, 'late-driver@1.0.0': {} },
});

beforeEach(() => {
  folder = temporaryFolder();
  root = folder.path;
  cpSync(join(repositoryRoot, 'tsconfig.base.json'), join(root, 'tsconfig.base.json'));
  write('package.json', JSON.stringify({ version: '1.0.0' }));
  write('pnpm-lock.yaml', lockfile);
  write(
    'libs/store/package.json',
    JSON.stringify({ name: '@umbra/store', type: 'module', exports: './src/index.ts' }),
  );
  write('libs/store/src/index.ts', `export { version } from 'driver';`);
  install('libs/store', 'driver', '1.0.0');
  mkdirSync(join(root, 'apps/worker/node_modules/@umbra'), { recursive: true });
  symlinkSync(join(root, 'libs/store'), join(root, 'apps/worker/node_modules/@umbra/store'));
  write(
    'apps/worker/src/main.ts',
    `import { basename } from 'node:path'; import { version } from '@umbra/store'; console.log(basename(version));`,
  );
});
afterEach(() => folder[Symbol.dispose]());

const run = (...args: string[]) =>
  execFileSync(process.execPath, [join(root, 'dist/worker/main.js'), ...args], { encoding: 'utf8' });

describe('a bundle', () => {
  it('runs with packages that only a library of ours lists', async () => {
    await bundleApp(root, 'worker');
    expect(run()).toBe('driver 1.0.0\n');
  });

  it('holds our code and links to the packages that it imports, and no others', async () => {
    install('libs/store', 'unused', '1.0.0');
    await bundleApp(root, 'worker');
    expect(readFileSync(join(root, 'dist/worker/main.js'), 'utf8')).toMatch(/from "driver"/);
    expect(readdirSync(join(root, 'dist/worker/node_modules'))).toEqual(['driver']);
    const link = join(root, 'dist/worker/node_modules/driver');
    expect(lstatSync(link).isSymbolicLink() && readlinkSync(link)).toBe(
      '../../../node_modules/.pnpm/driver@1.0.0/node_modules/driver',
    );
    expect(JSON.parse(readFileSync(join(root, 'dist/worker/package.json'), 'utf8'))).toMatchObject({
      type: 'module',
      dependencies: { driver: '1.0.0' },
    });
  });

  it('leaves out a file of a library, with its packages, of which nothing is used', async () => {
    write(
      'libs/store/package.json',
      JSON.stringify({ name: '@umbra/store', type: 'module', sideEffects: false, exports: './src/index.ts' }),
    );
    write(
      'libs/store/src/index.ts',
      `export { version } from 'driver'; export { later } from './later.ts'; export { other } from './other.ts';`,
    );
    write('libs/store/src/later.ts', `export const later = () => import('./late.ts');`);
    write('libs/store/src/late.ts', `export { version as late } from 'late-driver';`);
    write(
      'libs/store/src/other.ts',
      `import { version } from 'unused'; export const other = version.length;`,
    );
    install('libs/store', 'unused', '1.0.0');
    install('libs/store', 'late-driver', '1.0.0');
    write(
      'apps/worker/src/main.ts',
      `import { later, version } from '@umbra/store';
       console.log(version); if (process.argv.length > 2) console.log((await later()).late);`,
    );
    await bundleApp(root, 'worker');
    expect(readdirSync(join(root, 'dist/worker/node_modules'))).toEqual(['driver', 'late-driver']);
    expect(run('now')).toBe('driver 1.0.0\nlate-driver 1.0.0\n');
    rmSync(join(root, 'dist/worker/node_modules/late-driver'));
    expect(run()).toBe('driver 1.0.0\n');
  });

  it('survives being copied elsewhere together with the virtual store', async () => {
    await bundleApp(root, 'worker');
    using image = temporaryFolder();
    const options = { recursive: true, verbatimSymlinks: true };
    cpSync(join(root, 'dist/worker'), join(image.path, 'dist/worker'), options);
    cpSync(join(root, 'node_modules/.pnpm'), join(image.path, 'node_modules/.pnpm'), options);
    const output = execFileSync(process.execPath, [join(image.path, 'dist/worker/main.js')], {
      encoding: 'utf8',
    });
    expect(output).toBe('driver 1.0.0\n');
  });

  it('takes the version of the app when libraries disagree, and fails when the app has no say', async () => {
    write(
      'libs/redis/package.json',
      JSON.stringify({ name: '@umbra/redis', type: 'module', exports: './src/index.ts' }),
    );
    write('libs/redis/src/index.ts', `export { version as other } from 'driver';`);
    install('libs/redis', 'driver', '2.0.0');
    symlinkSync(join(root, 'libs/redis'), join(root, 'apps/worker/node_modules/@umbra/redis'));
    write(
      'apps/worker/src/main.ts',
      `import { version } from '@umbra/store'; import { other } from '@umbra/redis'; console.log(version, other);`,
    );
    await expect(bundleApp(root, 'worker')).rejects.toThrow(
      /resolve driver differently.*List it in apps\/worker/,
    );
    install('apps/worker', 'driver', '3.0.0');
    await bundleApp(root, 'worker');
    expect(run()).toBe('driver 3.0.0 driver 3.0.0\n');
  });

  it('leaves the last good one when a source is broken or a package is not listed', async () => {
    await bundleApp(root, 'worker');
    write('apps/worker/src/main.ts', `import 'missing';`);
    await expect(bundleApp(root, 'worker')).rejects.toThrow(/does not list it/);
    write('apps/worker/src/main.ts', `const broken = ;`);
    await expect(bundleApp(root, 'worker')).rejects.toThrow(/Unexpected ";"/);
    expect(run()).toBe('driver 1.0.0\n');
    expect(readdirSync(join(root, 'dist'))).toEqual(['worker']);
  });

  it('keeps class names and legacy decorators', async () => {
    write(
      'apps/worker/src/main.ts',
      `const named = (target: Function) => { console.log(target.name); };
       @named class CatalogController {}`,
    );
    await bundleApp(root, 'worker');
    expect(run()).toBe('CatalogController\n');
  });
});

describe('staleness', () => {
  it('comes with a change of any source that went in, of the lockfile, or a missing build', async () => {
    expect(isStale(root, 'worker')).toBe(true);
    await bundleApp(root, 'worker');
    expect(isStale(root, 'worker')).toBe(false);
    const later = new Date(Date.now() + 10_000);
    const earlier = new Date(Date.now() - 10_000);
    for (const file of ['libs/store/src/index.ts', 'apps/worker/src/main.ts', 'pnpm-lock.yaml']) {
      utimesSync(join(root, file), later, later);
      expect({ file, stale: isStale(root, 'worker') }).toEqual({ file, stale: true });
      utimesSync(join(root, file), earlier, earlier);
      expect(isStale(root, 'worker')).toBe(false);
    }
  });
});
