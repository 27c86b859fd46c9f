import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { isUmbraError } from '@umbra/domain';
import { loadEnv, processEnvironment, type EnvSource } from './env.ts';
import { allSections } from './env/env-docs.ts';
import { readsSection } from './env/reads-section.ts';
import { salesforceSection } from './env/salesforce-section.ts';
import { authModeProblems, authSection } from './env/auth-section.ts';
import {
  bffSection,
  catalogueSection,
  databaseSection,
  logSection,
  redisSection,
  workerSection,
} from './env/service-sections.ts';

const folder = mkdtempSync(join(tmpdir(), 'umbra-env-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

function file(name: string, text: string, mode: number): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const everything = {
  database: databaseSection,
  redis: redisSection,
  salesforce: salesforceSection,
  catalogue: catalogueSection,
  reads: readsSection,
  bff: bffSection,
  worker: workerSection,
  auth: authSection,
  log: logSection,
};

const least = {
  DATABASE_URL: 'postgresql://umbra:hunter2@127.0.0.1:5432/umbra',
  REDIS_URL: 'redis://:hunter2@127.0.0.1:6379',
  SF_LOGIN_URL: 'https://acme.my.salesforce.com',
  SF_CLIENT_ID: '3MVG9',
  SF_CLIENT_SECRET: 'hunter2',
};

const source = (values: Record<string, string | undefined>): EnvSource => ({ values, problems: [] });

function problemsOf(values: Record<string, string | undefined>): readonly string[] {
  try {
    loadEnv(everything, source({ ...least, ...values }), [
      ({ auth, bff }) => authModeProblems(auth.mode, bff.host, 'BFF_HOST'),
    ]);
    return [];
  } catch (error) {
    if (!isUmbraError(error)) throw error;
    expect(error.code).toBe('INPUT_CONFIGURATION');
    return error.problems;
  }
}

describe('loadEnv', () => {
  it('fills in the defaults of the contract', () => {
    const { env, given } = loadEnv(everything, source(least));
    expect(env.bff).toMatchObject({ port: 3000, host: '127.0.0.1', trustedProxyHops: 0, corsOrigins: [] });
    expect(env.worker).toEqual({ port: 3001, host: '127.0.0.1' });
    expect(env.reads).toMatchObject({
      shadow: true,
      eligibilityStaleAfterSeconds: 900,
      catalogStaleAfterSeconds: 3600,
    });
    expect(env.auth).toMatchObject({ mode: 'key', keysFile: '.umbra/keys' });
    expect(env.salesforce.apiVersion).toBe('62.0');
    expect(env.salesforce.instanceHosts).toEqual(['.salesforce.com', '.force.com']);
    expect(env.catalogue).toEqual({
      pricebookId: undefined,
      defaultCurrency: undefined,
      fieldMapFile: 'config/field-map.yaml',
    });
    expect(env.log.level).toBe('info');
    expect([...given].sort()).toEqual(Object.keys(least).sort());
  });

  it('is frozen at both levels', () => {
    const { env } = loadEnv(everything, source(least));
    expect(Object.isFrozen(env)).toBe(true);
    expect(Object.isFrozen(env.bff)).toBe(true);
  });

  it('reports every problem of every section at once', () => {
    const problems = problemsOf({
      DATABASE_URL: undefined,
      BFF_PORT: '70000',
      WORKER_PORT: 'abc',
      LOG_LEVEL: 'loud',
      SF_LOGIN_URL: undefined,
    });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'SF_LOGIN_URL',
      'BFF_PORT',
      'WORKER_PORT',
      'LOG_LEVEL',
    ]);
    expect(problems[0]).toContain('./umbra up');
  });

  const wrong: readonly (readonly [string, string, string])[] = [
    ['DATABASE_URL', 'mysql://x', 'postgresql://'],
    ['DATABASE_URL', '', 'empty'],
    ['REDIS_URL', 'localhost:6379', 'redis://'],
    ['SF_LOGIN_URL', 'http://acme.my.salesforce.com', 'https'],
    ['SF_LOGIN_URL', 'https://user:pw@acme.my.salesforce.com', 'user name'],
    ['SF_LOGIN_URL', 'https://acme.my.salesforce.com/services', 'without path'],
    ['SF_API_VERSION', '62', '62.0'],
    ['SF_INSTANCE_HOSTS', '.com', 'host suffixes'],
    ['SF_PRICEBOOK_ID', '01t000000000001', 'Pricebook2'],
    ['SF_DEFAULT_CURRENCY', 'euro', 'ISO 4217'],
    ['SF_API_DAILY_SHARE_PERCENT', '0', '1 to 100'],
    ['SF_ELIGIBILITY_STALE_AFTER_SECONDS', '15m', 'whole number'],
    ['SF_CATALOG_STALE_AFTER_SECONDS', '-1', 'whole number'],
    ['ENABLE_SF_SHADOW_READS', 'yes', 'true or false'],
    ['ENABLE_SF_SHADOW_READS', '', 'true or false'],
    ['BFF_PORT', '3000 ', 'whole number'],
    ['BFF_HOST', '', 'empty'],
    ['BFF_TRUSTED_PROXY_HOPS', 'true', 'whole number'],
    ['BFF_CORS_ORIGINS', 'https://a.example, *', 'https://'],
    ['AUTH_MODE', 'token', 'key, jwt, none'],
    ['AUTH_JWKS_URL', 'http://login.example.com/keys', 'https'],
    ['AUTH_JWKS_URL', 'https://10.0.0.7/keys', 'host name'],
    ['AUTH_JWKS_URL', 'https://login.example.com:8443/keys', 'port 443'],
    ['AUTH_JWKS_URL', 'https://me:pw@login.example.com/keys', 'user name'],
    ['AUTH_JWKS_URL', 'file:///etc/passwd', 'https'],
    ['LOG_LEVEL', 'INFO', 'one of'],
  ];
  it.each(wrong)('%s=%j is an error and never the default', (name, text, phrase) => {
    const problems = problemsOf({ [name]: text });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.startsWith(`${name} `)).toBe(true);
    expect(problems[0]).toContain(phrase);
  });

  it('accepts AUTH_MODE none on loopback only', () => {
    expect(problemsOf({ AUTH_MODE: 'none' })).toEqual([]);
    expect(problemsOf({ AUTH_MODE: 'none', BFF_HOST: '::1' })).toEqual([]);
    expect(problemsOf({ AUTH_MODE: 'none', BFF_HOST: '0.0.0.0' })).toEqual([
      expect.stringContaining('AUTH_MODE none is accepted on loopback only'),
    ]);
  });
});

describe('sec-27: connections that leave the machine', () => {
  it.each([
    ['DATABASE_URL', 'postgresql://u:p@db.example.com/umbra', 'sslmode=verify-full'],
    ['DATABASE_URL', 'postgresql://u:p@db.example.com/umbra?sslmode=require', 'sslmode=verify-full'],
    ['DATABASE_URL', 'postgresql://u:p@10.0.0.7/umbra?sslmode=no-verify', 'sslmode=verify-full'],
    ['DATABASE_URL', 'postgresql://u:p@localhost/umbra?host=db.example.com', 'sslmode=verify-full'],
    ['REDIS_URL', 'redis://:p@cache.example.com:6379', 'rediss://'],
    ['REDIS_URL', 'redis://:p@127.0.0.1.example.com:6379', 'rediss://'],
  ])('%s=%s needs TLS that is verified', (name, text, phrase) => {
    expect(problemsOf({ [name]: text })).toEqual([expect.stringContaining(phrase)]);
  });

  it.each([
    ['DATABASE_URL', 'postgresql://u:p@db.example.com/umbra?sslmode=verify-full'],
    ['DATABASE_URL', 'postgresql://u:p@localhost/umbra?host=/run/postgresql'],
    ['REDIS_URL', 'rediss://:p@cache.example.com:6380'],
    ['REDIS_URL', 'redis://:p@[::1]:6379'],
  ])('%s=%s will do', (name, text) => {
    expect(problemsOf({ [name]: text })).toEqual([]);
  });
});

describe('AUTH_MODE jwt', () => {
  it('needs to know the issuer, its keys and our audience', () => {
    expect(problemsOf({ AUTH_MODE: 'jwt' })).toEqual(
      ['AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'].map((name) => expect.stringContaining(name)),
    );
    const complete = {
      AUTH_MODE: 'jwt',
      AUTH_JWKS_URL: 'https://login.example.com/keys',
      AUTH_ISSUER: 'https://login.example.com/',
      AUTH_AUDIENCE: 'umbra',
      BFF_HOST: '0.0.0.0',
    };
    expect(problemsOf(complete)).toEqual([]);
  });
});

describe('ways to log in to Salesforce', () => {
  const none = { SF_CLIENT_SECRET: undefined };
  it('needs one', () => {
    expect(problemsOf(none)).toEqual([expect.stringContaining('No way to log in')]);
  });

  it('refuses a key without its user, two keys, and text that is no key', () => {
    expect(problemsOf({ ...none, SF_PRIVATE_KEY: pem })).toEqual([expect.stringContaining('SF_USERNAME')]);
    const both = { SF_PRIVATE_KEY: pem, SF_PRIVATE_KEY_FILE: file('both.pem', pem, 0o600) };
    expect(problemsOf({ ...none, ...both })).toEqual([expect.stringContaining('both set')]);
    expect(problemsOf({ ...none, SF_USERNAME: 'u', SF_PRIVATE_KEY: 'hunter2' })).toEqual([
      'SF_PRIVATE_KEY is no RSA private key in PEM form',
    ]);
  });

  it('reads a key whose line breaks are written as \\n', () => {
    const { env } = loadEnv(
      { salesforce: salesforceSection },
      source({ ...least, ...none, SF_USERNAME: 'u', SF_PRIVATE_KEY: pem.replaceAll('\n', '\\n') }),
    );
    expect(env.salesforce.privateKey?.reveal()).toBe(pem);
  });

  it.each([
    [0o600, true],
    [0o400, true],
    [0o640, false],
    [0o604, false],
    [0o660, false],
    [0o644, false],
    [0o610, false],
  ])('sec-37: a key file of mode %i is usable: %p', (mode, usable) => {
    const path = file(`mode-${mode}.pem`, pem, mode);
    const problems = problemsOf({ ...none, SF_USERNAME: 'u', SF_PRIVATE_KEY_FILE: path });
    expect(problems).toEqual(usable ? [] : [expect.stringContaining(`chmod 600 ${path}`)]);
  });

  it('names a key file that is missing or holds something else', () => {
    const missing = join(folder, 'absent.pem');
    expect(problemsOf({ ...none, SF_USERNAME: 'u', SF_PRIVATE_KEY_FILE: missing })).toEqual([
      `SF_PRIVATE_KEY_FILE ${missing} cannot be read (ENOENT)`,
    ]);
    const other = file('other.pem', 'hunter2', 0o600);
    expect(problemsOf({ ...none, SF_USERNAME: 'u', SF_PRIVATE_KEY_FILE: other })).toEqual([
      `SF_PRIVATE_KEY_FILE ${other} holds no RSA private key in PEM form`,
    ]);
  });
});

describe('secrets', () => {
  it('sec-37: appear neither in problems nor when the environment is printed', () => {
    const { env } = loadEnv(everything, source(least));
    const texts = [JSON.stringify(env), inspect(env, { depth: 9 }), String(env.database.url)];
    for (const variable of allSections.flatMap((section) => Object.values(section.variables)))
      if (variable.secret)
        texts.push(...problemsOf({ [variable.name]: 'hunter2 \u0000' }), JSON.stringify(variable.whenUnset));
    for (const text of texts) expect(text).not.toContain('hunter2');
    expect(env.database.url.reveal()).toBe(least.DATABASE_URL);
  });
});

describe('processEnvironment', () => {
  it('lies above the file', () => {
    const path = file('env', '# comment\nDATABASE_URL=from-file\nPATH=from-file\n\nBAD LINE\n', 0o600);
    const { values, problems } = processEnvironment(path);
    expect(values['DATABASE_URL']).toBe('from-file');
    expect(values['PATH']).not.toBe('from-file');
    expect(problems).toEqual([`${path}: line 5 is not KEY=value`]);
  });

  it('does without the file, but not with one that cannot be read', () => {
    expect(processEnvironment(join(folder, 'absent')).problems).toEqual([]);
    expect(processEnvironment(folder).problems).toEqual([`${folder} cannot be read (EISDIR)`]);
  });
});
