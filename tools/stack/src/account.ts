import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StackFailure } from './failure.ts';

/** Whom PostgreSQL runs as. It refuses to run as root, so root needs somebody else. */
export interface ServiceAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** A program and how to start it under an account. */
export interface RunAs {
  readonly command: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

const accountName = 'postgres';

/**
 * @returns undefined when we are an ordinary user and simply run as ourselves
 * @throws StackFailure 69 when root has no such account and cannot make one
 */
export function serviceAccount(): ServiceAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return lookUp(accountName) ?? createAccount();
}

/**
 * Wraps a command so that it runs under the account.
 *
 * A checkout below a closed folder (`/root`, a `mktemp -d`) cannot be entered by another user, although its
 * programs and data lie there. Opening somebody's folder to the world is not ours to do; instead the process
 * keeps the one capability that lets it pass through and read.
 */
export function runAs(
  account: ServiceAccount | undefined,
  command: string,
  args: readonly string[],
  paths: readonly string[],
): RunAs {
  if (account === undefined) return { command, args };
  if (paths.every((path) => mayEnter(account, path))) {
    return { command, args, uid: account.uid, gid: account.gid };
  }
  const capability = passingCapability();
  if (capability === undefined) {
    throw new StackFailure(
      `PostgreSQL does not run as root, and the user ${account.name} may not enter ${dirname(paths[0] ?? '/')}. ` +
        'Run ./umbra as an ordinary user, move the checkout to a folder that others may enter, ' +
        'or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  const drop = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];
  return { command: 'setpriv', args: [...drop, ...keeping(capability), '--', command, ...args] };
}

/** Whether every folder above the path has its x bit for this account. */
function mayEnter(account: ServiceAccount, path: string): boolean {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const { mode, uid, gid } = lstatSync(folder);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** The first one that may be kept here: containers often allow the second alone. */
function passingCapability(): string | undefined {
  return ['dac_read_search', 'dac_override'].find((capability) => {
    try {
      execFileSync('setpriv', [...keeping(capability), '--', 'true'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** Without the secure bit, access(2) ignores the capabilities of everybody but root, and PostgreSQL asks it. */
function keeping(capability: string): string[] {
  return ['--securebits=+no_setuid_fixup', `--inh-caps=+${capability}`, `--ambient-caps=+${capability}`];
}

function lookUp(name: string): ServiceAccount | undefined {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(':') ?? [];
    return uid === undefined || gid === undefined ? undefined : { name, uid: Number(uid), gid: Number(gid) };
  } catch {
    return undefined;
  }
}

function createAccount(): ServiceAccount {
  const flags = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin'];
  try {
    execFileSync('useradd', [...flags, accountName], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    throw new StackFailure(
      `PostgreSQL does not run as root and the user ${accountName} cannot be created. ` +
        'Run ./umbra as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.',
      undefined,
      error,
    );
  }
  const created = lookUp(accountName);
  if (created === undefined) throw new StackFailure(`The user ${accountName} was created but is not listed.`);
  return created;
}
