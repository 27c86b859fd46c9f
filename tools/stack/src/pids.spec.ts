import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { hasEnded, identify, isAlive, signalProcess, stopProcess } from './pids.ts';

const children: ChildProcess[] = [];

/** A process that says when it is there and then waits. */
async function waiting(script: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', `${script};setInterval(() => {}, 1e6);console.log('there')`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('identity', () => {
  it('is the same at every look and tells two processes apart', async () => {
    const child = await waiting('');
    expect(identify(child.pid ?? 0)).toEqual(identify(child.pid ?? 0));
    expect(identify(process.pid)?.startedAt).not.toBe(identify(child.pid ?? 0)?.startedAt);
  });

  it('is gone with the process', async () => {
    const child = await waiting('');
    const identity = identify(child.pid ?? 0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(identity && isAlive(identity)).toBe(false);
    expect(identify(child.pid ?? 0)).toBeUndefined();
  });
});

describe('a pid that now belongs to a stranger', () => {
  it('is neither alive nor signalled', async () => {
    const stranger = await waiting('');
    const pid = stranger.pid ?? 0;
    const remembered = { pid, startedAt: 'of the process that had this number before' };
    expect(isAlive(remembered)).toBe(false);
    expect(signalProcess(remembered, 'SIGKILL')).toBe(false);
    expect(await stopProcess(remembered)).toBe('gone');
    expect(identify(pid)).toBeDefined();
  });
});

describe('stopping', () => {
  it('asks first and is content when that is enough', async () => {
    const child = await waiting('');
    const identity = identify(child.pid ?? 0);
    expect(identity && (await stopProcess(identity))).toBe('stopped');
    expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGTERM');
  });

  it('kills what does not listen', async () => {
    const child = await waiting(`process.on('SIGTERM', () => {})`);
    const identity = identify(child.pid ?? 0);
    expect(identity && (await stopProcess(identity, { graceMs: 100 }))).toBe('killed');
    expect(identity && (await hasEnded(identity, 0))).toBe(true);
  });
});
