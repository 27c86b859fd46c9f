import { createHmac, createPublicKey } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock, RecordingLog } from '@umbra/testing';
import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTHeaderParameters,
} from 'jose';
import { IssuerKeys, type IssuerKeysOptions } from './issuer-keys.ts';
import { TokenCallers } from './token-callers.ts';

const issuer = 'https://login.example.com/';
const audience = 'umbra';
const START = '2026-01-01T00:00:00.000Z';
const epoch = Date.parse(START) / 1000;

/** An issuer on loopback: counts who asks for its keys, and can be away. */
const issuerServer = { published: [] as JWK[], asked: 0, away: false };
let server: Server;
let url: URL;
let ours: CryptoKey;
let publicJwk: JWK;
let strangers: CryptoKey;
let strangerJwk: JWK;

beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true });
  ours = pair.privateKey;
  publicJwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  const other = await generateKeyPair('RS256', { extractable: true });
  strangers = other.privateKey;
  strangerJwk = await exportJWK(other.publicKey);
  server = createServer((_request, response) => {
    issuerServer.asked++;
    response.statusCode = issuerServer.away ? 503 : 200;
    response.end(JSON.stringify({ keys: issuerServer.published }));
  });
  await new Promise<void>((settle) => void server.listen(0, '127.0.0.1', settle));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`);
});
afterAll(async () => {
  await new Promise((settle) => server.close(settle));
});
beforeEach(() => {
  Object.assign(issuerServer, { published: [publicJwk], asked: 0, away: false });
});

function open(changes: Partial<IssuerKeysOptions> = {}) {
  const clock = new FakeClock(START);
  const log = new RecordingLog();
  const keys = new IssuerKeys({ url, clock, log, ...changes });
  return { clock, log, keys, callers: new TokenCallers({ keys, issuer, audience, clock }) };
}

const claims = {
  iss: issuer,
  aud: audience,
  sub: 'erika@example.com',
  client_id: 'shop',
  scope: 'openid read',
  iat: epoch,
  exp: epoch + 300,
};
const header: JWTHeaderParameters = { alg: 'RS256', typ: 'at+jwt', kid: 'one' };

const sign = (
  changes: object = {},
  headerChanges: object = {},
  key: CryptoKey | Uint8Array = ours,
): Promise<string> =>
  new SignJWT({ ...claims, ...changes }).setProtectedHeader({ ...header, ...headerChanges }).sign(key);

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const [, honestClaims = ''] = ['', encode(claims)];

describe('sec-1: forged tokens', () => {
  const pem = (): string =>
    createPublicKey({ key: publicJwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
  const hmac = (alg: string, secret: string): string => {
    const signed = `${encode({ ...header, alg })}.${honestClaims}`;
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  };

  it.each<[string, () => string | Promise<string>]>([
    ['alg none, no signature', () => `${encode({ ...header, alg: 'none' })}.${honestClaims}.`],
    ['alg None, no signature', () => `${encode({ ...header, alg: 'None' })}.${honestClaims}.`],
    ['no alg', () => `${encode({ typ: 'at+jwt', kid: 'one' })}.${honestClaims}.AAAA`],
    ['HS256 with the public key as PEM', () => hmac('HS256', pem())],
    ['HS256 with the published modulus', () => hmac('HS256', String(publicJwk.n))],
    [
      'the signature of another token',
      async () => {
        const [head, , signature] = (await sign({ scope: 'read' })).split('.');
        return `${head}.${encode({ ...claims, scope: 'operator' })}.${signature}`;
      },
    ],
    ['signed by somebody else', () => sign({}, {}, strangers)],
    ['a key of its own (jwk)', () => sign({}, { jwk: strangerJwk }, strangers)],
    ['an honest signature beside a jwk', () => sign({}, { jwk: publicJwk })],
    ['a key elsewhere (jku)', () => sign({}, { jku: 'https://evil.test/keys' })],
    ['a certificate elsewhere (x5u)', () => sign({}, { x5u: 'https://evil.test/cert' })],
    ['a certificate of its own (x5c)', () => sign({}, { x5c: ['AAAA'] })],
    ['a kid that is a path', () => sign({}, { kid: '../../dev/null' }, strangers)],
    ['a kid that is SQL', () => sign({}, { kid: "one' OR '1'='1" }, strangers)],
    [
      'critical headers that nobody knows',
      () => `${encode({ ...header, crit: ['x'], x: 1 })}.${honestClaims}.AAAA`,
    ],
    ['encrypted', () => `${encode({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`],
    ['no token', () => 'a.b.c'],
  ])('%s', async (_name, token) => {
    const { callers, keys } = open();
    expect(await callers.find(await token())).toBeUndefined();
    await keys.close();
  });

  it('an algorithm that is not on the list, even by a key that the issuer publishes', async () => {
    const pair = await generateKeyPair('ES512', { extractable: true });
    issuerServer.published = [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES512' }];
    const { callers, keys } = open();
    expect(await callers.find(await sign({}, { alg: 'ES512' }, pair.privateKey))).toBeUndefined();
    await keys.close();
  });

  it('an honest one is taken: its scopes, and a label that names nobody', async () => {
    const { callers, keys } = open();
    const caller = await callers.find(await sign());
    expect(caller).toEqual({ scopes: ['read'], label: expect.stringMatching(/^jwt\.[0-9a-f]{16}$/) });
    expect((await callers.find(await sign({ scope: undefined, scp: ['operator', 'root'] })))?.scopes).toEqual(
      ['operator'],
    );
    await keys.close();
  });
});

describe('sec-2: claims', () => {
  it.each<[string, object, object]>([
    ['expired beyond the tolerance', { exp: epoch - 61 }, {}],
    ['no exp', { exp: undefined }, {}],
    ['not yet valid beyond the tolerance', { nbf: epoch + 61 }, {}],
    ['another issuer', { iss: 'https://login.example.com.evil.test/' }, {}],
    ['the issuer without its slash', { iss: issuer.slice(0, -1) }, {}],
    ['no issuer', { iss: undefined }, {}],
    ['another audience', { aud: 'billing' }, {}],
    ['no audience', { aud: undefined }, {}],
    ['no subject', { sub: undefined }, {}],
    ['an ID token', { nonce: 'n' }, { typ: 'JWT' }],
    ['a logout token', {}, { typ: 'logout+jwt' }],
    ['no type', {}, { typ: undefined }],
    ['exp as text', { exp: String(epoch + 300) }, {}],
  ])('%s: refused', async (_name, changes, headerChanges) => {
    const { callers, keys } = open();
    expect(await callers.find(await sign(changes, headerChanges))).toBeUndefined();
    await keys.close();
  });

  it.each<[string, object]>([
    ['a minute of difference between clocks', { exp: epoch - 59, nbf: epoch + 59 }],
    ['several audiences', { aud: ['billing', audience] }],
  ])('%s: taken', async (_name, changes) => {
    const { callers, keys } = open();
    expect(await callers.find(await sign(changes))).toBeDefined();
    await keys.close();
  });
});

describe('sec-3: the keys of the issuer', () => {
  it('a thousand unknown key ids cause two questions a minute at most', async () => {
    const { callers, clock, keys } = open();
    await callers.find(await sign());
    const before = issuerServer.asked;
    const forged = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) => sign({}, { kid: `random-${at}` }, strangers)),
    );
    for (const token of forged) {
      clock.advance(60);
      await callers.find(token);
    }
    expect(issuerServer.asked - before).toBeLessThanOrEqual(2);
    await keys.close();
  });

  it('and no more while it is away', async () => {
    const { callers, clock, keys } = open();
    await callers.find(await sign());
    const before = issuerServer.asked;
    issuerServer.away = true;
    for (let at = 0; at < 200; at++) {
      clock.advance(300);
      await callers.find(await sign({}, { kid: `random-${at}` }, strangers));
    }
    expect(issuerServer.asked - before).toBeLessThanOrEqual(2);
    await keys.close();
  });

  it('are asked for once when many need them', async () => {
    const { callers, keys } = open();
    const token = await sign();
    await Promise.all(Array.from({ length: 50 }, () => callers.find(token)));
    expect(issuerServer.asked).toBe(1);
    await keys.close();
  });

  it('stay good for an hour while it is away; after that nobody can tell, which is no refusal', async () => {
    const { callers, clock, keys } = open();
    const token = (): Promise<string> => {
      const now = Math.floor(clock.now().getTime() / 1000);
      return sign({ iat: now, exp: now + 300 });
    };
    expect(await callers.find(await token())).toBeDefined();
    issuerServer.away = true;
    clock.advance(59 * 60_000);
    expect(await callers.find(await token())).toBeDefined();
    clock.advance(2 * 60_000);
    await expect(callers.find(await token())).rejects.toMatchObject({ code: 'INPUT_ISSUER_UNAVAILABLE' });
    issuerServer.away = false;
    clock.advance(30_000);
    expect(await callers.find(await token())).toBeDefined();
    await keys.close();
  });

  it('a new one is found, and one that was taken back is gone', async () => {
    const { callers, clock, keys } = open();
    expect(await callers.find(await sign())).toBeDefined();
    issuerServer.published = [{ ...strangerJwk, kid: 'two', alg: 'RS256' }];
    clock.advance(30_000);
    expect(await callers.find(await sign({}, { kid: 'two' }, strangers))).toBeDefined();
    expect(await callers.find(await sign())).toBeUndefined();
    await keys.close();
  });

  it.each([
    'http://login.example.com/keys',
    'https://10.0.0.7/keys',
    'https://[fd00::1]/keys',
    'https://0x7f000001/keys',
    'https://login.example.com:8443/keys',
    'https://a:b@login.example.com/keys',
    'file:///etc/passwd',
  ])('sec-20: %s is not asked', async (text) => {
    const asked: string[] = [];
    const resolve = ((name: string) => void asked.push(name)) as unknown as NonNullable<
      IssuerKeysOptions['resolve']
    >;
    const { callers, keys } = open({ url: new URL(text), resolve });
    await expect(callers.find(await sign())).rejects.toMatchObject({ code: 'INPUT_ISSUER_UNAVAILABLE' });
    expect(asked).toEqual([]);
    await keys.close();
  });

  it.each(['10.1.2.3', '169.254.169.254', '127.0.0.1', '::1', 'fd00::1'])(
    'sec-20: a name that leads to %s is not connected to',
    async (address) => {
      const resolve = ((_name: string, _options: object, found: (error: null, all: object[]) => void) =>
        found(null, [{ address, family: address.includes(':') ? 6 : 4 }])) as unknown as NonNullable<
        IssuerKeysOptions['resolve']
      >;
      const { callers, keys, log } = open({ url: new URL('https://login.example.com/keys'), resolve });
      await expect(callers.find(await sign())).rejects.toMatchObject({ code: 'INPUT_ISSUER_UNAVAILABLE' });
      expect(log.lines[0]?.fields).toMatchObject({ event: 'url-refused', source: 'AUTH_JWKS_URL' });
      await keys.close();
    },
  );

  it('a redirect is not followed, and an answer without end is not read', async () => {
    const trap = createServer((request, response) => {
      if (request.url === '/moved') {
        response.writeHead(302, { location: url.href }).end();
        return;
      }
      response.write(`{"keys":[${' '.repeat(1024 * 1024)}`);
      response.end(']}');
    });
    await new Promise<void>((settle) => void trap.listen(0, '127.0.0.1', settle));
    const base = `http://127.0.0.1:${(trap.address() as AddressInfo).port}`;
    for (const path of ['/moved', '/huge']) {
      const { callers, keys } = open({ url: new URL(path, base) });
      await expect(callers.find(await sign())).rejects.toMatchObject({ code: 'INPUT_ISSUER_UNAVAILABLE' });
      await keys.close();
    }
    expect(issuerServer.asked).toBe(0);
    await new Promise((settle) => trap.close(settle));
  });
});
