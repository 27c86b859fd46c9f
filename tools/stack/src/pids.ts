import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * One process, recognisable after its number was given to another one: a pid alone is reused by the kernel, a
 * pid together with its start time is not.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque and comparable only on this machine and boot. */
  readonly startedAt: string;
}

/** @returns the identity of a living process, or undefined when there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** False as soon as the process ended, even when its number lives on in a stranger. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/**
 * Sends a signal to exactly this process. A stranger with the same number gets nothing.
 * @returns false when the process was gone
 */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * Asks politely, waits, then insists.
 * @param graceMs how long the polite signal may take before SIGKILL
 * @returns how it ended; `gone` when there was nothing to stop
 */
export async function stopProcess(
  identity: ProcessIdentity,
  options: { readonly signal?: NodeJS.Signals; readonly graceMs?: number } = {},
): Promise<'gone' | 'stopped' | 'killed'> {
  if (!signalProcess(identity, options.signal ?? 'SIGTERM')) return 'gone';
  if (await hasEnded(identity, options.graceMs ?? 15_000)) return 'stopped';
  signalProcess(identity, 'SIGKILL');
  await hasEnded(identity, 5_000);
  return 'killed';
}

/** Watches a process that is not our child: the kernel tells nobody but the parent of its end. */
export async function hasEnded(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (isAlive(identity)) {
    if (Date.now() >= deadline) return false;
    await pause(25);
  }
  return true;
}

/** proc(5): the name in field 2 may hold blanks and brackets, so fields are counted behind its last bracket. */
function startFromProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X' || startTicks === undefined) return undefined;
  return `${bootId()}/${startTicks}`;
}

/** Ticks count from boot, so that after a restart the same pid may have the same ticks. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim().slice(0, 8);
  } catch {
    return 'boot';
  }
}

function startFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}
