import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Unpacks packages, and those they need that this machine lacks, into a folder. Versions, lists and signatures are
 * apt's own; nothing is installed, so root is not needed and no service is started.
 *
 * The machine's lists are used when they name the packages and their archives can still be had. A fresh container has
 * none, and old ones name archives that are gone: then lists are fetched into a private folder.
 * @param path the search path on which apt-get and dpkg are found
 * @throws when a tool fails, with what it said
 */
export async function unpackPackages(names: readonly string[], folder: string, path: string): Promise<void> {
  const work = join(folder, '.apt');
  const archives = join(work, 'archives');
  for (const place of [archives, join(work, 'lists/partial'), join(work, 'cache/archives/partial')]) {
    mkdirSync(place, { recursive: true });
  }
  const env = { ...process.env, PATH: path, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  // The download user of root may not be able to enter a private checkout, and an ordinary user may not lock.
  const always = ['-qq', '-oDebug::NoLocking=true', '-oAPT::Sandbox::User=root'];
  const ownLists = [`-oDir::State::Lists=${join(work, 'lists')}`, `-oDir::Cache=${join(work, 'cache')}`];
  const apt = async (flags: readonly string[], ...words: readonly string[]) =>
    (await run('apt-get', [...always, ...flags, ...words], { cwd: archives, env })).stdout;
  const fetchWith = async (flags: readonly string[]) => {
    const plan = await apt(flags, '--simulate', '--no-install-recommends', 'install', ...names);
    await apt(flags, 'download', ...new Set([...names, ...missingPackages(plan)]));
  };
  try {
    await fetchWith([]);
  } catch {
    await apt(ownLists, 'update');
    await fetchWith(ownLists);
  }
  for (const archive of readdirSync(archives).filter((file) => file.endsWith('.deb'))) {
    await run('dpkg', ['--extract', join(archives, archive), folder], { env });
  }
  rmSync(work, { recursive: true, force: true });
}

/** `Inst <name> (<version> …` is one line per package that an installation would bring. */
export function missingPackages(simulation: string): string[] {
  return [...simulation.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name ?? '');
}
