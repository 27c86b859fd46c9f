import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** As its manifest says; empty when it says nothing. */
  readonly licence: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string | { readonly type?: string };
  readonly licenses?: readonly { readonly type?: string }[];
}

const STORE = 'node_modules/.pnpm';

/** Every package in pnpm's virtual store, once. */
export function installedPackages(): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  for (const folder of readdirSync(STORE)) {
    const at = folder.lastIndexOf('@', folder.includes('(') ? folder.indexOf('(') : undefined);
    if (at <= 0) continue;
    for (const manifest of ownManifests(join(STORE, folder, 'node_modules'))) {
      const { name = '', version = '' } = manifest;
      found.set(`${name}@${version}`, { name, version, licence: licenceOf(manifest) });
    }
  }
  return [...found.values()];
}

/** Beside a package lie links to what it needs; the package itself is a real folder. */
function ownManifests(modules: string): Manifest[] {
  if (!existsSync(modules)) return [];
  return readdirSync(modules, { withFileTypes: true }).flatMap((entry) => {
    const path = join(modules, entry.name);
    if (!entry.isDirectory()) return [];
    if (entry.name.startsWith('@')) return ownManifests(path);
    const file = join(path, 'package.json');
    return existsSync(file) ? [JSON.parse(readFileSync(file, 'utf8')) as Manifest] : [];
  });
}

function licenceOf({ license, licenses }: Manifest): string {
  if (typeof license === 'string') return license;
  if (license?.type !== undefined) return license.type;
  const named = (licenses ?? []).map(({ type }) => type).filter((type) => type !== undefined);
  return named.length > 1 ? `(${named.join(' OR ')})` : (named[0] ?? '');
}
