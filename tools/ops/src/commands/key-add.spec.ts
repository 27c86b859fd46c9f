import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { runOps } from '../../test/run-ops.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-key-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Added {
  readonly created: boolean;
  readonly key?: string;
}

describe('ops key add', () => {
  it('prints the key once and keeps only its hash, for the owner only', async () => {
    const keys = { AUTH_KEYS_FILE: join(folder, 'a', 'keys') };
    const run = await runOps(['key', 'add', '--label', 'shop', '--scope', 'read'], keys);
    expect(run.code).toBe(0);
    const key = run.stdout.trim();
    expect(key).toMatch(/^umbra_[A-Za-z0-9_-]{43}$/);
    const text = readFileSync(keys.AUTH_KEYS_FILE, 'utf8');
    expect(text).toMatch(/^[0-9a-f]{64} read shop\n$/);
    expect(text).not.toContain(key);
    expect(statSync(keys.AUTH_KEYS_FILE).mode & 0o777).toBe(0o600);
  });

  it('--if-missing makes one key however often it is called, and never shows it again', async () => {
    const keys = { AUTH_KEYS_FILE: join(folder, 'b') };
    const words = ['key', 'add', '--label', 'development', '--scope', 'read', '--scope', 'operator'];
    const first = (await runOps([...words, '--if-missing', '--json'], keys)).json<Added>();
    const second = (await runOps([...words, '--if-missing', '--json'], keys)).json<Added>();
    expect([first.created, second.created, second.key]).toEqual([true, false, undefined]);
    const again = await runOps(words, keys);
    expect(again.code).toBe(64);
    expect(again.stderr).toContain('There is a key with the label development already');
    expect(readFileSync(keys.AUTH_KEYS_FILE, 'utf8').split('\n')).toHaveLength(2);
  });

  it('--dry-run changes nothing', async () => {
    const keys = { AUTH_KEYS_FILE: join(folder, 'c') };
    const run = await runOps(['key', 'add', '--label', 'x', '--scope', 'read', '--dry-run'], keys);
    expect(run.code).toBe(0);
    expect(run.stdout).not.toContain('umbra_');
    expect(statSync(keys.AUTH_KEYS_FILE, { throwIfNoEntry: false })).toBeUndefined();
  });

  it.each([
    [['--label', 'x'], '--scope takes read or operator'],
    [['--label', 'x', '--scope', 'root'], '--scope takes read or operator'],
    [['--label', 'two words', '--scope', 'read'], '--label takes letters'],
    [['--scope', 'read'], "required option '--label <label>' not specified"],
    [['--label', 'x', '--scope', 'read', '--colour'], "unknown option '--colour'"],
    [['--label', 'x', '--scope', 'read', 'more'], 'too many arguments'],
  ])('%j is usage', async (words, phrase) => {
    const run = await runOps(['key', 'add', ...words], { AUTH_KEYS_FILE: join(folder, 'd') });
    expect(run.code).toBe(64);
    expect(run.stderr).toContain(phrase);
  });
});

describe('ops', () => {
  it.each([['--help'], ['status', '--help'], ['key', 'add', '--help'], ['cache', 'clear', '--help']])(
    'explains %j',
    async (...words) => {
      const run = await runOps(words.flat());
      expect(run.code).toBe(0);
      expect(run.stdout).toContain('Usage: ops');
    },
  );

  it.each([[['lagg']], [['cache']], [[]]])('%j is usage', async (words) => {
    expect((await runOps(words)).code).toBe(64);
  });

  it('lists every missing variable at once', async () => {
    const run = await runOps(['status']);
    expect(run.code).toBe(78);
    expect(run.stderr).toContain('DATABASE_URL is not set');
    expect(run.stderr).toContain('REDIS_URL is not set');
  });

  it('says what to do when the backfill is not built', async () => {
    const run = await runOps(['backfill', '--dry-run']);
    expect(run.code).toBe(78);
    expect(run.stderr).toContain('pnpm nx run bff:build');
  });
});
