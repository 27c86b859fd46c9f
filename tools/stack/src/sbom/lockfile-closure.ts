import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The parts of `pnpm-lock.yaml` (version 9) that say which package needs which. */
interface Lockfile {
  readonly importers: Readonly<
    Record<string, { readonly dependencies?: Readonly<Record<string, { version: string }>> }>
  >;
  /** By name and version: where it comes from. */
  readonly packages: Readonly<Record<string, { readonly resolution?: { readonly integrity?: string } }>>;
  /** By name, version and, in brackets, the peers that it got: what it needs. */
  readonly snapshots: Readonly<Record<string, Needs>>;
}

interface Needs {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** SHA-512 of its archive, in hex; absent when the lockfile has none. */
  readonly sha512: string | undefined;
  /** Keys, `name@version`, of what it needs. */
  readonly needs: readonly string[];
}

/**
 * Every package that these direct ones need, themselves included, by `name@version`. Optional ones are among them
 * whatever the platform: the list is of the artefact, not of the machine that built it.
 * @param direct versions by name, as an artefact's manifest has them
 * @throws Error when the lockfile does not know one of them
 */
export function lockfileClosure(
  root: string,
  direct: Readonly<Record<string, string>>,
): ReadonlyMap<string, LockedPackage> {
  const lockfile = parse(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')) as Lockfile;
  const closure = new Map<string, LockedPackage>();
  const seen = new Set<string>();
  const queue = Object.entries(direct).flatMap(([name, version]) => snapshotsOf(lockfile, name, version));
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    const { dependencies = {}, optionalDependencies = {} } = lockfile.snapshots[key] ?? {};
    const needed = Object.entries({ ...dependencies, ...optionalDependencies }).map(([name, version]) =>
      keyOf(lockfile, name, version),
    );
    queue.push(...needed);
    const id = withoutPeers(key);
    const known = closure.get(id);
    closure.set(id, {
      ...nameAndVersion(id),
      sha512: sha512Of(lockfile.packages[id]?.resolution?.integrity),
      needs: [...new Set([...(known?.needs ?? []), ...needed.map(withoutPeers)])].sort(),
    });
  }
  return closure;
}

/** A package is there once for each set of peers that somebody gave it. */
function snapshotsOf(lockfile: Lockfile, name: string, version: string): string[] {
  const versions = Object.values(lockfile.importers)
    .map(({ dependencies }) => dependencies?.[name]?.version)
    .filter((found) => found !== undefined && withoutPeers(found) === version);
  if (versions.length === 0) throw new Error(`pnpm-lock.yaml does not know ${name}@${version}.`);
  return [...new Set(versions)].map((found) => keyOf(lockfile, name, found as string));
}

/** An alias names its package in place of a version. */
function keyOf(lockfile: Lockfile, name: string, version: string): string {
  return version in lockfile.snapshots ? version : `${name}@${version}`;
}

function withoutPeers(key: string): string {
  const at = key.indexOf('(');
  return at === -1 ? key : key.slice(0, at);
}

function nameAndVersion(id: string): { name: string; version: string } {
  const at = id.lastIndexOf('@');
  return { name: id.slice(0, at), version: id.slice(at + 1) };
}

function sha512Of(integrity: string | undefined): string | undefined {
  return integrity?.startsWith('sha512-') === true
    ? Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex')
    : undefined;
}
