import { compactVerify, decodeProtectedHeader, type CryptoKey } from 'jose';
import { GrantError, invalidGrant } from './grant-error.ts';

/** What the token endpoint holds a JWT bearer assertion against. */
export interface AssertionRules {
  /** The certificates of the external client app; two are accepted during a key overlap. */
  readonly publicKeys: readonly CryptoKey[];
  readonly clientId: string;
  /** `aud` values taken, without a trailing slash. */
  readonly audiences: readonly string[];
  /** How far ahead `exp` may lie, in seconds. */
  readonly maxLifeSeconds: number;
  /** The server's wall clock, epoch seconds. Not the org's virtual clock: callers sign with their own. */
  readonly now: number;
}

/**
 * Checks signature and claims of a JWT bearer assertion and returns its `sub`, the username asked for.
 * @throws GrantError in the shapes of Salesforce's token endpoint
 */
export async function verifyAssertion(assertion: string, rules: AssertionRules): Promise<string> {
  const claims = claimsOf(assertion);
  if (claims['iss'] !== rules.clientId)
    throw new GrantError('invalid_client_id', 'client identifier invalid');
  if (!(await isSignedByOneOf(assertion, rules.publicKeys))) throw invalidGrant('invalid assertion');
  const audience = typeof claims['aud'] === 'string' ? claims['aud'].replace(/\/$/u, '') : undefined;
  if (audience === undefined || !rules.audiences.includes(audience))
    throw invalidGrant('audience is invalid');
  const exp = claims['exp'];
  // an `exp` in milliseconds lies far beyond the longest life and earns the same text as one in the past
  if (typeof exp !== 'number' || exp <= rules.now || exp > rules.now + rules.maxLifeSeconds)
    throw invalidGrant('expired authorization code');
  if (typeof claims['sub'] !== 'string' || claims['sub'] === '')
    throw invalidGrant("user hasn't approved this consumer");
  return claims['sub'];
}

function claimsOf(assertion: string): Record<string, unknown> {
  try {
    if (decodeProtectedHeader(assertion).alg !== 'RS256') throw invalidGrant('invalid assertion');
    const payload = assertion.split('.')[1] ?? '';
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    if (typeof claims === 'object' && claims !== null) return claims as Record<string, unknown>;
  } catch {
    // falls through: whatever was wrong with it, Salesforce says the same
  }
  throw invalidGrant('invalid assertion');
}

async function isSignedByOneOf(assertion: string, keys: readonly CryptoKey[]): Promise<boolean> {
  for (const key of keys) {
    try {
      await compactVerify(assertion, key, { algorithms: ['RS256'] });
      return true;
    } catch {
      // not this key: the next one may be the one in overlap
    }
  }
  return false;
}
