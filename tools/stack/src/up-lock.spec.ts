import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify } from './pids.ts';
import { UpLock } from './up-lock.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'umbra-lock-'));
  file = join(folder, 'up.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the lock of a checkout', () => {
  it('is held once', () => {
    expect(new UpLock(file).take()).toBe(true);
    expect(new UpLock(file).take()).toBe(false);
    expect(new UpLock(file).holder()).toEqual(identify(process.pid));
    expect(readdirSync(folder)).toEqual(['up.lock']);
  });

  it('can be taken again after its release', () => {
    const lock = new UpLock(file);
    lock.take();
    lock.release();
    expect(existsSync(file)).toBe(false);
    expect(lock.take()).toBe(true);
  });

  it.each([
    ['a process that ended', JSON.stringify({ pid: 2 ** 22 + 1, startedAt: 'x' })],
    ['a process whose number a stranger has now', JSON.stringify({ pid: process.pid, startedAt: 'x' })],
    ['a write that was cut off', '{"pid": 1'],
  ])('is taken over from %s', (_, text) => {
    writeFileSync(file, text);
    expect(new UpLock(file).holder()).toBeUndefined();
    expect(new UpLock(file).take()).toBe(true);
  });

  it('is not released by somebody who does not hold it', () => {
    const parent = identify(process.ppid);
    writeFileSync(file, JSON.stringify(parent));
    new UpLock(file).release();
    expect(new UpLock(file).holder()).toEqual(parent);
  });
});
