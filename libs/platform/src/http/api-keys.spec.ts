import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import type { Clock } from '@umbra/domain';
import { Access, AccessGuard, refuseUndeclaredRoutes } from './access.ts';
import { ApiKeyFile, appendApiKey } from './api-key-file.ts';
import { generateApiKey, hashApiKey, parseApiKeys, type Scope } from './api-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

let now = 0;
const clock: Clock = { now: () => new Date(), monotonic: () => now, sleep: () => Promise.resolve() };

function keyFile(name: string, ...granted: readonly (readonly Scope[])[]) {
  const path = join(folder, name);
  const keys = granted.map((scopes, at) => {
    const key = generateApiKey();
    appendApiKey(path, { hash: hashApiKey(key), scopes, label: `label-${at}` });
    return key;
  });
  return { path, keys };
}

describe('the file of API keys', () => {
  it('holds hashes, is for its owner only, and leaves no file beside it', () => {
    const { path, keys } = keyFile('nested/keys', ['read'], ['read', 'operator']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, 'utf8');
    for (const key of keys) expect(text).not.toContain(key);
    expect(text.split('\n')[1]).toMatch(/^[0-9a-f]{64} read,operator label-1$/);
    expect(readdirSync(join(folder, 'nested'))).toEqual(['keys']);
  });

  it('refuses a file that is missing, open to others, or has a line that is no key', () => {
    expect(() => new ApiKeyFile(join(folder, 'absent'), clock)).toThrow(
      expect.objectContaining({ problems: [expect.stringContaining('./umbra ops key add')] }),
    );
    const { path } = keyFile('open', ['read']);
    chmodSync(path, 0o640);
    expect(() => new ApiKeyFile(path, clock)).toThrow(
      expect.objectContaining({ problems: [expect.stringContaining('chmod 600')] }),
    );
    const broken = join(folder, 'broken');
    writeFileSync(broken, 'nonsense\n', { mode: 0o600 });
    expect(() => new ApiKeyFile(broken, clock)).toThrow(
      expect.objectContaining({ problems: [expect.stringContaining('line 1')] }),
    );
  });

  it('knows a key that was added while running, and keeps the old ones when the file breaks', () => {
    const { path, keys } = keyFile('live', ['read']);
    const file = new ApiKeyFile(path, clock);
    const added = generateApiKey();
    appendApiKey(path, { hash: hashApiKey(added), scopes: ['operator'], label: 'late' });
    expect(file.find(added)).toBeUndefined();
    now += 1_000;
    expect(file.find(added)?.label).toBe('late');
    writeFileSync(path, 'half a li');
    now += 1_000;
    expect(file.find(keys[0] ?? '')?.label).toBe('label-0');
    expect(file.size).toBe(2);
  });

  it('refuses unknown scopes', () => {
    expect(parseApiKeys(`${'0'.repeat(64)} read,root me`).problems).toEqual([
      'line 1 names an unknown scope',
    ]);
  });
});

const routes = { open: () => 1, read: () => 2, operator: () => 3, bare: () => 4 };
for (const name of ['open', 'read', 'operator'] as const) Access(name)(routes, name, { value: routes[name] });

function contextOf(handler: keyof typeof routes, authorization?: string): ExecutionContext {
  return {
    getHandler: () => routes[handler],
    switchToHttp: () => ({ getRequest: () => ({ headers: { authorization } }) }),
  } as unknown as ExecutionContext;
}

describe('AccessGuard', () => {
  const { path, keys } = keyFile('guard', ['read'], ['operator']);
  const [reader = '', operator = ''] = keys;
  const guard = new AccessGuard(new ApiKeyFile(path, clock));
  const verdict = (handler: keyof typeof routes, authorization?: string): unknown => {
    try {
      return guard.canActivate(contextOf(handler, authorization));
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it('sec-10: lets a key do what its scopes say and nothing else', () => {
    expect(verdict('open')).toBe(true);
    expect(verdict('read', `Bearer ${reader}`)).toBe(true);
    expect(verdict('operator', `Bearer ${operator}`)).toBe(true);
    expect(verdict('operator', `Bearer ${reader}`)).toBe('INPUT_SCOPE_MISSING');
    expect(verdict('read', `Bearer ${operator}`)).toBe('INPUT_SCOPE_MISSING');
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer  ',
    'Basic dXNlcjpwdw==',
    `Bearer ${generateApiKey()}`,
    `Bearer ${hashApiKey('x')}`,
    reader,
  ])('refuses %j', (authorization) => {
    expect(verdict('read', authorization)).toBe('INPUT_CREDENTIALS_MISSING');
  });

  it('sec-7: lets nobody into a route without a scope, and stops the boot over it', () => {
    expect(verdict('bare', `Bearer ${operator}`)).toBe('INPUT_SCOPE_MISSING');
    expect(new AccessGuard(undefined).canActivate(contextOf('bare'))).toBe(false);
    expect(() =>
      refuseUndeclaredRoutes(
        new Map([
          ['Routes.read', routes.read],
          ['Routes.bare', routes.bare],
        ]),
      ),
    ).toThrow(expect.objectContaining({ problems: ['Routes.bare declares no scope'] }));
  });
});
