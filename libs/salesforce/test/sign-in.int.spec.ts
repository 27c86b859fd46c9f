import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { UmbraError } from '@umbra/domain';
import { exitCodeOf, Secret, type SalesforceSettings } from '@umbra/platform';
import { FakeClock } from '@umbra/testing';
import { freePort } from '@umbra/testing/servers';
import { decodeJwt, importSPKI, jwtVerify } from 'jose';
import { HostileOrg, sendJson } from './hostile-org.ts';
import { openForTest, testKeys, testSettings, type TestPorts, type TestSalesforce } from './open-for-test.ts';

let org: HostileOrg;
let folder: string;
const opened: TestSalesforce[] = [];

beforeEach(async () => {
  org = await HostileOrg.start();
  org.handler = (_request, response) => sendJson(response, 200, { totalSize: 0, done: true, records: [] });
  folder = mkdtempSync(join(tmpdir(), 'umbra-sign-in-'));
});

afterEach(async () => {
  for (const salesforce of opened.splice(0)) await salesforce.close();
  await org.close();
  rmSync(folder, { recursive: true });
});

function open(changes: Partial<SalesforceSettings> = {}, ports: TestPorts = {}): TestSalesforce {
  const salesforce = openForTest(testSettings(org.url, changes), ports);
  opened.push(salesforce);
  return salesforce;
}

/** One cheap call. */
const call = (salesforce: TestSalesforce): Promise<unknown> =>
  salesforce.queue.run({
    route: 'limits',
    requestClass: 'catalogue',
    idempotent: true,
    send: async (attempt) => {
      const answer = await attempt.request({ method: 'GET', path: '/services/data/v62.0/limits' });
      answer.body.resume();
      return answer.status;
    },
  });

function keyFile(pem: string, mode = 0o600): string {
  const path = join(folder, 'key.pem');
  writeFileSync(path, pem);
  chmodSync(path, mode);
  return path;
}

const tokenForms = (): URLSearchParams[] =>
  org.seen.filter(({ url }) => url === '/services/oauth2/token').map(({ body }) => new URLSearchParams(body));

const refuse = (error: string, description: string, headers: Readonly<Record<string, string>> = {}): void => {
  org.tokenHandler = (_request, response) =>
    sendJson(response, 400, { error, error_description: description }, headers);
};

describe('sec-45: the JWT bearer flow', () => {
  it('sends an assertion of three minutes at most, signed, for the right audience', async () => {
    await call(open());
    const [form] = tokenForms();
    expect(form?.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const assertion = form?.get('assertion') ?? '';
    const key = await importSPKI(testKeys.publicKey, 'RS256');
    const { payload, protectedHeader } = await jwtVerify(assertion, key, {
      audience: 'https://login.salesforce.com',
      issuer: 'umbra-test',
      subject: 'integration@umbra.test',
    });
    expect(protectedHeader).toEqual({ alg: 'RS256' });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(180);
    expect(payload.exp ?? 0).toBeGreaterThan(Date.now() / 1000);
  });

  it('takes the audience that is set', async () => {
    await call(open({ jwtAudience: 'https://acme.my.site.com' }));
    expect(decodeJwt(tokenForms()[0]?.get('assertion') ?? '').aud).toBe('https://acme.my.site.com');
  });

  it('a swapped key file is used from the next sign-in on, without a restart', async () => {
    const path = keyFile(testKeys.privateKey);
    const salesforce = open({ privateKey: undefined, privateKeyFile: path });
    await call(salesforce);
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const accepted = other.publicKey.export({ type: 'spki', format: 'pem' }) as string;
    writeFileSync(path, other.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    let ended = true;
    org.handler = (_request, response) => {
      if (ended)
        sendJson(response, 401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]);
      else sendJson(response, 200, {});
      ended = false;
    };
    await expect(call(salesforce)).resolves.toBe(200);
    const key = await importSPKI(accepted, 'RS256');
    await expect(jwtVerify(tokenForms()[1]?.get('assertion') ?? '', key)).resolves.toBeDefined();
  });

  it('a key file that was swapped during the refusal of the old key is tried at once', async () => {
    const path = keyFile(testKeys.privateKey);
    const salesforce = open({ privateKey: undefined, privateKeyFile: path });
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    org.tokenHandler = (_request, response) => {
      if (org.tokenCalls > 1) {
        sendJson(response, 200, org.tokenAnswer());
        return;
      }
      writeFileSync(path, other.privateKey.export({ type: 'pkcs8', format: 'pem' }));
      sendJson(response, 400, { error: 'invalid_grant', error_description: 'invalid assertion' });
    };
    await expect(call(salesforce)).resolves.toBe(200);
    expect(org.tokenCalls).toBe(2);
  });

  it('a key file that is half written keeps the previous key in use', async () => {
    const path = keyFile(testKeys.privateKey);
    const salesforce = open({ privateKey: undefined, privateKeyFile: path });
    writeFileSync(path, testKeys.privateKey.slice(0, 200));
    await expect(call(salesforce)).resolves.toBe(200);
    expect(salesforce.log.messages('warn')).toContain('key file cannot be used, the previous key stays');
  });

  it('a clock that is off is corrected by the server, once', async () => {
    const serverTime = new Date('2026-01-01T00:10:00Z');
    const clock = new FakeClock('2026-01-01T00:00:00Z');
    org.tokenHandler = ({ body }, response) => {
      const { exp = 0 } = decodeJwt(new URLSearchParams(body).get('assertion') ?? '');
      const headers = { date: serverTime.toUTCString() };
      if (exp * 1000 < serverTime.getTime())
        sendJson(
          response,
          400,
          { error: 'invalid_grant', error_description: 'expired authorization code' },
          headers,
        );
      else sendJson(response, 200, org.tokenAnswer(), headers);
    };
    const salesforce = open({}, { clock });
    await expect(call(salesforce)).resolves.toBe(200);
    expect(org.tokenCalls).toBe(2);
    expect(salesforce.log.lines).toContainEqual(
      expect.objectContaining({ message: 'clock differs from the clock of Salesforce' }),
    );
  });
});

describe('sec-37: keys that cannot be used', () => {
  const fileOf = (path: string): Partial<SalesforceSettings> => ({
    privateKey: undefined,
    privateKeyFile: path,
  });

  it.each([0o640, 0o604, 0o644, 0o660, 0o666])('a file of mode %o is refused with exit code 78', (mode) => {
    const path = keyFile(testKeys.privateKey, mode);
    let error: unknown;
    try {
      open(fileOf(path));
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: 'INPUT_CONFIGURATION' });
    expect(exitCodeOf(error)).toBe(78);
  });

  it.each([0o600, 0o400])('a file of mode %o is taken', (mode) => {
    expect(() => open(fileOf(keyFile(testKeys.privateKey, mode)))).not.toThrow();
  });

  it('a missing file, a file without a key, and another kind of key are refused, and their text is not shown', () => {
    const { privateKey: ec } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const { privateKey: short } = generateKeyPairSync('rsa', {
      modulusLength: 1024,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const tries: Partial<SalesforceSettings>[] = [
      fileOf(join(folder, 'none.pem')),
      fileOf(keyFile('canary-of-a-key')),
      { privateKey: new Secret('canary-of-a-key') },
      { privateKey: new Secret(ec) },
      { privateKey: new Secret(short) },
      { privateKey: undefined },
      { username: undefined },
    ];
    for (const changes of tries) {
      let error: unknown;
      try {
        open(changes);
      } catch (caught) {
        error = caught;
      }
      expect(error).toMatchObject({ code: 'INPUT_CONFIGURATION' });
      expect((error as UmbraError).problems).toHaveLength(1);
      expect(inspect(error, { depth: 10 })).not.toContain('canary');
    }
  });
});

describe('client credentials', () => {
  const settings = { username: undefined, privateKey: undefined, clientSecret: new Secret('the-secret') };

  it('sends id and secret', async () => {
    await call(open(settings));
    expect(Object.fromEntries(tokenForms()[0] ?? [])).toEqual({
      grant_type: 'client_credentials',
      client_id: 'umbra-test',
      client_secret: 'the-secret',
    });
  });

  it('a wrong secret is one call, an error that says what to do, and exit code 77', async () => {
    refuse('invalid_client', 'invalid client credentials');
    const salesforce = open(settings);
    const error: unknown = await call(salesforce).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'SF_CREDENTIALS_REFUSED', details: { reason: 'client' } });
    expect((error as UmbraError).message).toContain('SF_CLIENT_SECRET');
    expect(exitCodeOf(error)).toBe(77);
    expect(inspect(error, { depth: 10 })).not.toContain('the-secret');
    expect(org.tokenCalls).toBe(1);
  });
});

describe('sec-49: sign-ins do not loop', () => {
  it.each([
    ['invalid_grant', "user hasn't approved this consumer", 'app-not-approved'],
    ['invalid_app_access', 'user is not admin approved to access this app', 'app-not-approved'],
    ['invalid_grant', 'audience is invalid', 'audience'],
    ['invalid_grant', 'expired authorization code', 'assertion-expired'],
    ['invalid_grant', 'user is locked', 'user-inactive'],
    ['invalid_grant', 'inactive user', 'user-inactive'],
    ['invalid_grant', 'ip restricted', 'ip-restricted'],
    ['invalid_grant', 'invalid assertion', 'assertion-refused'],
    ['invalid_grant', 'authentication failure', 'assertion-refused'],
    ['invalid_grant', 'no client credentials user enabled', 'flow-disabled'],
    ['invalid_grant', 'request not supported on this domain', 'domain'],
    ['invalid_client_id', 'client identifier invalid', 'client'],
    ['unsupported_grant_type', 'grant type not supported', 'flow-disabled'],
    ['inactive_org', 'inactive organization', 'org-inactive'],
    ['something_new', 'something new', 'other'],
  ])('%s "%s" is %s', async (error, description, reason) => {
    refuse(error, description);
    const salesforce = open();
    for (let turn = 0; turn < 5; turn++)
      await expect(call(salesforce)).rejects.toMatchObject({
        code: 'SF_CREDENTIALS_REFUSED',
        details: { reason },
      });
    expect(org.tokenCalls).toBe(1);
    expect(org.calls).toHaveLength(0);
    expect(salesforce.queue.snapshot().credentials).toMatchObject({ state: 'refused', reason });
  });

  it('a permanent 401 costs two token calls, then the breaker is open', async () => {
    org.handler = (_request, response) =>
      sendJson(response, 401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]);
    const salesforce = open();
    const calls = await Promise.allSettled(Array.from({ length: 20 }, () => call(salesforce)));
    for (const outcome of calls)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'SF_CREDENTIALS_REFUSED' } });
    await expect(call(salesforce)).rejects.toMatchObject({ details: { reason: 'session-refused' } });
    expect(org.tokenCalls).toBeLessThanOrEqual(3);
    expect(salesforce.queue.snapshot().credentials).toMatchObject({
      state: 'refused',
      reason: 'session-refused',
    });
  });

  it('a 401 that no token heals costs no second token call', async () => {
    const message = 'This session is not valid for use with the REST API';
    org.handler = (_request, response) =>
      sendJson(response, 401, [{ errorCode: 'INVALID_SESSION_ID', message }]);
    const salesforce = open();
    for (let turn = 0; turn < 3; turn++)
      await expect(call(salesforce)).rejects.toMatchObject({ details: { reason: 'session-not-for-api' } });
    expect(org.tokenCalls).toBe(1);
  });

  it('an expired token is replaced once for all calls, also for one that must not happen twice', async () => {
    const salesforce = open();
    await call(salesforce);
    const live = 'Bearer 00Dxx0000000001!token2';
    org.handler = ({ headers }, response) => {
      if (headers.authorization === live) sendJson(response, 200, {});
      else
        sendJson(response, 401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]);
    };
    const once = salesforce.queue.run({
      route: 'bulk-create',
      requestClass: 'backfill',
      idempotent: false,
      send: async (attempt) => {
        const answer = await attempt.request({
          method: 'POST',
          path: '/services/data/v62.0/jobs/query',
          body: '{}',
        });
        answer.body.resume();
        return answer.status;
      },
    });
    const others = Array.from({ length: 15 }, () => call(salesforce));
    await expect(Promise.all([once, ...others])).resolves.toHaveLength(16);
    expect(org.tokenCalls).toBe(2);
  });
});

describe('sec-47: what a sign-in grants', () => {
  it.each([
    [{ refresh_token: 'x' }, ['refresh_token']],
    [{ scope: 'api web full' }, ['web', 'full']],
    [{ scope: 'api refresh_token', refresh_token: 'x' }, ['refresh_token']],
  ])('%j is remarked on', async (changes, extraScopes) => {
    org.tokenHandler = (_request, response) => sendJson(response, 200, org.tokenAnswer(changes));
    const salesforce = open();
    await call(salesforce);
    expect(salesforce.log.lines).toEqual([
      {
        level: 'warn',
        message: 'sign-in grants more than is needed',
        fields: { scope: 'salesforce', event: 'sign-in-excess', eventId: expect.any(String), extraScopes },
      },
    ]);
  });

  it('the scope api alone is not', async () => {
    const salesforce = open();
    await call(salesforce);
    expect(salesforce.log.lines).toEqual([]);
  });

  it('the token appears in nothing that is printed', async () => {
    const salesforce = open();
    await call(salesforce);
    const shown =
      inspect(salesforce, { depth: 12, showHidden: true }) + JSON.stringify(salesforce.queue.snapshot());
    expect(shown).not.toContain('!token1');
    expect(shown).not.toContain('PRIVATE KEY');
  });
});

describe('a Salesforce that does not answer', () => {
  it('is unavailable, with the cause, and exit code 69', async () => {
    const salesforce = open({ loginUrl: `http://127.0.0.1:${await freePort()}` });
    const error: unknown = await salesforce.queue.connect().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'SF_UNAVAILABLE', details: { cause: 'ECONNREFUSED', sent: false } });
    expect(exitCodeOf(error)).toBe(69);
  });

  it('speaks HTML at the token endpoint', async () => {
    org.tokenHandler = (_request, response) => {
      response.writeHead(503, { 'content-type': 'text/html' }).end('<html>maintenance</html>');
    };
    await expect(open().queue.connect()).rejects.toMatchObject({
      code: 'SF_UNAVAILABLE',
      details: { status: 503 },
    });
    org.tokenHandler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>welcome</html>');
    };
    await expect(open().queue.connect()).rejects.toMatchObject({ code: 'SF_RESPONSE_INVALID' });
  });

  it('asks to sign in less often', async () => {
    org.tokenHandler = (_request, response) =>
      sendJson(response, 403, { error: 'rate_limit_exceeded', error_description: 'login rate exceeded' });
    await expect(open().queue.connect()).rejects.toMatchObject({
      code: 'SF_THROTTLED',
      retryAt: expect.any(Date),
    });
  });
});
