import { beforeAll, describe, expect, it } from '@jest/globals';
import { generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { verifyAssertion, type AssertionRules } from './assertion.ts';

const NOW = 1_700_000_000;
let privateKey: CryptoKey;
let otherKey: CryptoKey;
let rules: AssertionRules;

beforeAll(async () => {
  const [old, current, other] = await Promise.all([1, 2, 3].map(() => generateKeyPair('RS256')));
  if (old === undefined || current === undefined || other === undefined) throw new Error('no keys');
  ({ privateKey } = current);
  otherKey = other.privateKey;
  rules = {
    publicKeys: [old.publicKey, current.publicKey],
    clientId: 'app',
    audiences: ['https://login.salesforce.com', 'http://127.0.0.1:1'],
    maxLifeSeconds: 300,
    now: NOW,
  };
});

const good = { iss: 'app', sub: 'me@example.com', aud: 'https://login.salesforce.com', exp: NOW + 180 };

const signed = (claims: Record<string, unknown>, key = privateKey): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(key);

describe('a JWT bearer assertion', () => {
  it('names its user, whichever of two certificates has signed it', async () => {
    expect(await verifyAssertion(await signed(good), rules)).toBe('me@example.com');
  });

  it('may name the org itself as its audience, with or without a slash', async () => {
    await expect(
      verifyAssertion(await signed({ ...good, aud: 'http://127.0.0.1:1/' }), rules),
    ).resolves.toBeDefined();
  });

  it.each([
    ['another app', { iss: 'other' }, 'invalid_client_id', 'client identifier invalid'],
    ['another audience', { aud: 'https://example.com' }, 'invalid_grant', 'audience is invalid'],
    ['no audience', { aud: undefined }, 'invalid_grant', 'audience is invalid'],
    ['in the past', { exp: NOW - 1 }, 'invalid_grant', 'expired authorization code'],
    ['too far ahead', { exp: NOW + 301 }, 'invalid_grant', 'expired authorization code'],
    ['in milliseconds', { exp: (NOW + 60) * 1000 }, 'invalid_grant', 'expired authorization code'],
    ['without an end', { exp: undefined }, 'invalid_grant', 'expired authorization code'],
    ['without a user', { sub: undefined }, 'invalid_grant', "user hasn't approved this consumer"],
  ])('is refused: %s', async (_, claims, error, message) => {
    const assertion = await signed({ ...good, ...claims });
    await expect(verifyAssertion(assertion, rules)).rejects.toMatchObject({ error, message, status: 400 });
  });

  it('is refused when a foreign key, no key or a shared secret has signed it', async () => {
    const foreign = await signed(good, otherKey);
    const payload = foreign.split('.')[1] ?? '';
    const header = (alg: string): string => Buffer.from(JSON.stringify({ alg })).toString('base64url');
    const forged = await new SignJWT(good).setProtectedHeader({ alg: 'HS256' }).sign(new Uint8Array(32));
    for (const assertion of [foreign, `${header('none')}.${payload}.`, forged, 'a.b.c', 'nonsense']) {
      await expect(verifyAssertion(assertion, rules)).rejects.toMatchObject({
        error: 'invalid_grant',
        message: 'invalid assertion',
      });
    }
  });
});
