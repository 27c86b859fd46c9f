/**
 * One PostgreSQL and one Redis for one jest run.
 *
 * Promise: runs at the same time do not share anything, a run that needs no services starts none, and nothing
 * is left behind however the run ends. The last one is kept three times: the tear-down stops the pair; a
 * guardian, which notices our end by a closed pipe, does it after a kill -9; and the next run removes what the
 * guardian could not (a machine that lost power).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackFailure } from './failure.ts';
import { repositoryRoot, stackPaths } from './paths.ts';
import { identify, isAlive, stopProcess, type ProcessIdentity } from './pids.ts';
import { postgresProgram } from './postgres-server.ts';
import { startThrowawayServices, type ServicePair } from './services.ts';

/** Names the file with the connection facts; jest workers inherit it. A developer may set it beforehand. */
export const servicesVariable = 'UMBRA_TEST_SERVICES';

/** Node's own: jest workers inherit it, and pass it on to the programs that they start. */
const compiledVariable = 'NODE_COMPILE_CACHE';

export interface TestServices {
  stop(): Promise<void>;
}

/**
 * @param selected the jest projects of this run; undefined for all of them
 * @returns undefined when nothing had to be started
 */
export async function startTestServices(
  selected?: readonly string[],
  purpose: 'tests' | 'bench' = 'tests',
): Promise<TestServices | undefined> {
  const given = process.env[servicesVariable];
  if (given !== undefined && given !== '') {
    if (existsSync(given)) return undefined;
    throw new StackFailure(
      `${servicesVariable} names ${given}, which does not exist. Unset it, or start one.`,
    );
  }
  if (selected?.some(needsServices) === false) return undefined;
  const { tests, redisInstall } = stackPaths();
  await sweep(tests);
  const folder = join(tests, String(process.pid));
  mkdirSync(folder, { recursive: true });
  writeOwner(folder);
  const guardian = startGuardian(folder);
  const pair = await startPair(folder, redisInstall, purpose);
  const file = join(folder, 'services.json');
  const { command, libraryPath = null } = pair.redisProgram;
  const postgresServer = { ...(await postgresProgram(folder)), folder };
  const facts = { ...pair.urls, redisServer: { command, libraryPath }, postgresServer };
  writeFileSync(file, JSON.stringify(facts, null, 2), { mode: 0o600 });
  process.env[servicesVariable] = file;
  // The same programs start a few hundred times in a run: the first of each leaves what V8 compiled to the others.
  if (purpose === 'tests') process.env[compiledVariable] ??= join(folder, 'compiled');
  return {
    async stop() {
      await pair.stop();
      rmSync(folder, { recursive: true, force: true });
      guardian.stdin?.destroy();
      delete process.env[servicesVariable];
      if (process.env[compiledVariable]?.startsWith(folder) === true) delete process.env[compiledVariable];
    },
  };
}

/** Runs `work` with a pair of servers of its own. @param work receives the file with the connection facts */
export async function withServices<T>(
  purpose: 'tests' | 'bench',
  work: (file: string) => Promise<T>,
): Promise<T> {
  const services = await startTestServices(undefined, purpose);
  try {
    return await work(process.env[servicesVariable] ?? '');
  } finally {
    await services?.stop();
  }
}

/** `--selectProjects a b` or `--selectProjects=a`, as jest reads it; undefined when it was not given. */
export function selectedProjects(argv: readonly string[]): string[] | undefined {
  const at = argv.findIndex((word) => /^--selectProjects(=|$)/.test(word));
  const flag = argv[at];
  if (flag === undefined) return undefined;
  const rest = argv.slice(at + 1);
  const end = rest.findIndex((word) => word.startsWith('-'));
  const attached = flag.includes('=') ? [flag.slice(flag.indexOf('=') + 1)] : [];
  return [...attached, ...rest.slice(0, end === -1 ? rest.length : end)];
}

/** Only `@umbra/testing` hands out databases, so a package that does not list it cannot ask for one. */
function needsServices(project: string): boolean {
  if (project === 'testing') return true;
  for (const area of ['apps', 'libs', 'tools']) {
    const manifest = join(repositoryRoot, area, project, 'package.json');
    if (!existsSync(manifest)) continue;
    return /"@umbra\/testing":/.test(readFileSync(manifest, 'utf8'));
  }
  // A path or pattern behind --selectProjects, or a project named unlike its folder.
  return false;
}

async function startPair(
  folder: string,
  redisInstall: string,
  purpose: 'tests' | 'bench',
): Promise<ServicePair> {
  try {
    return await startThrowawayServices({
      folder,
      redisInstall,
      purpose,
      say: (line) => process.stderr.write(`${line}\n`),
      born: (name, identity) => {
        writeFileSync(join(folder, `${name}.identity.json`), JSON.stringify(identity));
        writeFileSync(join(folder, `${name}.pid`), `${identity.pid}\n`);
      },
    });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Waits for the end of our standard input, which the kernel closes however we die, then stops what the folder
 * still names and removes it. A shell, because a Node process would cost 40 MB for sitting there.
 */
function startGuardian(folder: string): ChildProcess {
  const script = `
    cat >/dev/null
    [ -d "$1" ] || exit 0
    pids=$(cat "$1"/*.pid 2>/dev/null)
    for pid in $pids; do kill -INT "$pid" 2>/dev/null; done
    for pid in $pids; do
      n=0; while kill -0 "$pid" 2>/dev/null && [ $n -lt 100 ]; do sleep 0.1; n=$((n+1)); done
    done
    rm -rf "$1"`;
  const guardian = spawn('/bin/sh', ['-c', script, 'umbra-guardian', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guardian.unref();
  return guardian;
}

function writeOwner(folder: string): void {
  writeFileSync(join(folder, 'owner.identity.json'), JSON.stringify(identify(process.pid)));
}

/** Removes folders of runs that are over, with whatever still serves them. */
async function sweep(tests: string): Promise<void> {
  if (!existsSync(tests)) return;
  for (const name of readdirSync(tests)) {
    const folder = join(tests, name);
    const owner = readIdentity(join(folder, 'owner.identity.json'));
    if (owner === undefined || isAlive(owner)) continue;
    for (const part of ['postgres', 'redis']) {
      const identity = readIdentity(join(folder, `${part}.identity.json`));
      if (identity !== undefined) await stopProcess(identity, { signal: 'SIGINT' });
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

function readIdentity(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
