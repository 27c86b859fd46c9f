import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../src/paths.ts';
import { temporaryFolder } from './temporary-folder.ts';

/**
 * The `umbra` script with a toolchain of one tiny archive, so that npm's own checks run without a network. Its pnpm is
 * a script that notes what it is asked.
 */
let folder: ReturnType<typeof temporaryFolder>;
let root: string;

const bootstrap = 'tools/stack/bootstrap';

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function writeProgram(file: string, script: string): void {
  write(file, `#!/bin/sh\n${script}\n`);
  chmodSync(join(root, file), 0o755);
}

/** Packs a package that stands for pnpm and locks it. */
function lockToolchain(version: string): void {
  const name = '@pnpm/exe.fixture';
  write(
    'package/package.json',
    JSON.stringify({ name, version, scripts: { postinstall: `touch '${root}/ran'` } }),
  );
  writeProgram('package/pnpm', `echo "pnpm ${version} $*" >> "${root}/calls"; [ ! -e "${root}/pnpm-fails" ]`);
  const tarball = join(root, `toolchain-${version}.tgz`);
  execFileSync('tar', ['-czf', tarball, '-C', root, 'package']);
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  const dependencies = { [name]: `file:${tarball}` };
  write(`${bootstrap}/package.json`, JSON.stringify({ name: 'fixture', private: true, dependencies }));
  write(
    `${bootstrap}/package-lock.json`,
    JSON.stringify({
      name: 'fixture',
      lockfileVersion: 3,
      requires: true,
      packages: {
        '': { name: 'fixture', dependencies },
        [`node_modules/${name}`]: { version, resolved: `file:${tarball}`, integrity, hasInstallScript: true },
      },
    }),
  );
}

function umbra(args: readonly string[] = [], path?: string) {
  const { status, stdout, stderr } = spawnSync(join(root, 'umbra'), args, {
    cwd: '/',
    encoding: 'utf8',
    env: {
      PATH: path ?? `${dirname(process.execPath)}:${process.env['PATH']}`,
      HOME: root,
      npm_config_cache: join(root, 'npm-cache'),
      npm_config_update_notifier: 'false',
    },
  });
  return { code: status, stdout, stderr };
}

const calls = () => (existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8') : '');
const inHome = () => (existsSync(join(root, '.umbra')) ? readdirSync(join(root, '.umbra')).sort() : []);

beforeEach(() => {
  folder = temporaryFolder();
  root = folder.path;
  cpSync(join(repositoryRoot, 'umbra'), join(root, 'umbra'));
  lockToolchain('1.0.0');
  write('pnpm-lock.yaml', 'lockfileVersion: 1');
  mkdirSync(join(root, 'node_modules'));
  write(
    'tools/stack/src/main.ts',
    `console.log(JSON.stringify([process.argv.slice(2), process.env.PATH?.split(':')[0]]));`,
  );
});
afterEach(() => folder[Symbol.dispose]());

describe('./umbra', () => {
  it('brings the toolchain and the dependencies, then runs the command with both', () => {
    const { code, stdout, stderr } = umbra(['up', '--scale', 'a b']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('installing the pinned toolchain'),
    });
    expect(JSON.parse(stdout)).toEqual([
      ['up', '--scale', 'a b'],
      join(root, '.umbra/toolchain/node_modules/.bin'),
    ]);
    expect(calls()).toBe('pnpm 1.0.0 install --frozen-lockfile\n');
    expect(inHome()).toEqual(['toolchain']);
  });

  it('sec-53 runs no lifecycle script of the toolchain', () => {
    umbra();
    expect(existsSync(join(root, 'ran'))).toBe(false);
  });

  it('does nothing twice', () => {
    umbra();
    const { code, stderr } = umbra();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(calls()).toBe('pnpm 1.0.0 install --frozen-lockfile\n');
  });

  it('installs again what a changed lockfile pins', () => {
    umbra();
    lockToolchain('2.0.0');
    expect(umbra().code).toBe(0);
    write('pnpm-lock.yaml', 'lockfileVersion: 2');
    expect(umbra().code).toBe(0);
    expect(calls()).toBe('pnpm 1.0.0 install --frozen-lockfile\npnpm 2.0.0 install --frozen-lockfile\n');
    expect(inHome()).toEqual(['toolchain']);
  });

  it('sec-53 refuses an altered archive and leaves nothing half-installed', () => {
    writeFileSync(join(root, 'toolchain-1.0.0.tgz'), ' ', { flag: 'a' });
    const { code, stderr } = umbra();
    expect({ code, stderr }).toEqual({ code: 69, stderr: expect.stringContaining('EINTEGRITY') });
    expect(inHome()).toEqual([]);
  });

  it('sec-53 refuses an edited lockfile and keeps the toolchain that it has', () => {
    umbra();
    const lock = join(root, bootstrap, 'package-lock.json');
    const good = readFileSync(lock, 'utf8');
    writeFileSync(lock, good.replace(/sha512-.{6}/, 'sha512-AAAAAA'));
    const { code, stderr } = umbra();
    expect({ code, stderr }).toEqual({ code: 69, stderr: expect.stringContaining('EINTEGRITY') });
    expect(inHome()).toEqual(['toolchain']);
    writeFileSync(lock, good);
    expect(umbra()).toMatchObject({ code: 0, stderr: '' });
  });

  it('tries the dependencies again after they could not be installed', () => {
    write('pnpm-fails', '');
    expect(umbra()).toMatchObject({ code: 69, stdout: '' });
    expect(umbra().code).toBe(69);
    expect(calls().match(/install/g)).toHaveLength(2);
  });

  it.each([
    ['Node', [], 'Node is not on PATH'],
    ['npm', ['node'], 'npm is not on PATH'],
  ])('says what is missing without %s', (_, present, message) => {
    const bin = join(root, 'bin');
    mkdirSync(bin);
    for (const name of ['sh', 'cmp', 'dirname', 'uname']) symlinkSync(programOnPath(name), join(bin, name));
    if (present.length > 0) symlinkSync(process.execPath, join(bin, 'node'));
    expect(umbra([], bin)).toEqual({ code: 69, stdout: '', stderr: expect.stringContaining(message) });
    expect(inHome()).toEqual([]);
  });

  it('says which Node is too old', () => {
    writeProgram('bin/node', 'case $1 in -p) echo 18;; *) echo v18.0.0;; esac');
    const path = `${join(root, 'bin')}:${process.env['PATH']}`;
    expect(umbra([], path)).toEqual({
      code: 69,
      stdout: '',
      stderr: expect.stringContaining('Node v18.0.0 is too old'),
    });
  });
});

describe('the real lockfile of the toolchain', () => {
  it('sec-53 pins every package by its content', () => {
    const { packages } = JSON.parse(
      readFileSync(join(repositoryRoot, bootstrap, 'package-lock.json'), 'utf8'),
    ) as { packages: Record<string, { integrity?: string; resolved?: string; hasInstallScript?: boolean }> };
    const { '': root, ...pinned } = packages;
    expect(root).toBeDefined();
    expect(Object.keys(pinned).length).toBeGreaterThan(3);
    for (const [name, entry] of Object.entries(pinned)) {
      expect({ name, ...entry }).toMatchObject({ name, integrity: expect.stringMatching(/^sha512-/) });
      // Somebody else's registry must serve as well; the content is pinned, not the place.
      expect(entry.resolved).toBeUndefined();
      expect(entry.hasInstallScript).toBeUndefined();
    }
  });
});

function programOnPath(name: string): string {
  return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
}
