import { createHash } from 'node:crypto';
import { UmbraError, type Clock } from '@umbra/domain';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import { isScope } from './api-keys.ts';
import type { Caller, Callers } from './callers.ts';
import type { IssuerKeys } from './issuer-keys.ts';

/** Public-key signatures only: with a secret shared algorithm the issuer's public key would be the secret. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'];

/** Headers by which a token brings or names the key that is to prove it. */
const ownKeyHeaders = ['jwk', 'jku', 'x5c', 'x5u'] as const;

/** Seconds by which the issuer's clock and ours may differ. */
const CLOCK_TOLERANCE_SECONDS = 60;

export interface TokenCallersOptions {
  readonly keys: Pick<IssuerKeys, 'keyFor'>;
  /** Exact value of `iss`. */
  readonly issuer: string;
  /** Value that `aud` must hold. */
  readonly audience: string;
  readonly clock: Clock;
}

/**
 * Callers with access tokens of one issuer (RFC 9068): signed by one of its keys, of the type `at+jwt`, for our
 * audience, in force, with `read` or `operator` in `scope` (or in the list `scp`). The signature is checked before any
 * claim is looked at. An ID token has another type and is refused.
 */
export class TokenCallers implements Callers {
  readonly #options: TokenCallersOptions;

  constructor(options: TokenCallersOptions) {
    this.#options = options;
  }

  async find(bearer: string): Promise<Caller | undefined> {
    const { keys, issuer, audience, clock } = this.#options;
    try {
      const { payload } = await jwtVerify(
        bearer,
        (header) => {
          if (ownKeyHeaders.some((name) => name in header)) throw new errors.JWSInvalid('brings its own key');
          return keys.keyFor(header);
        },
        {
          algorithms,
          issuer,
          audience,
          typ: 'at+jwt',
          requiredClaims: ['exp', 'iss', 'aud', 'sub'],
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
          currentDate: clock.now(),
        },
      );
      return { scopes: scopesOf(payload), label: labelOf(payload) };
    } catch (error) {
      if (error instanceof UmbraError) throw error;
      // Why a token is refused is nothing that whoever sent it should learn.
      return undefined;
    }
  }
}

function scopesOf({ scope, scp }: JWTPayload): Caller['scopes'] {
  const named = typeof scope === 'string' ? scope.split(' ') : Array.isArray(scp) ? scp.map(String) : [];
  return named.filter(isScope);
}

/** The client, or the user when none is named, as a hash: a subject may be a person's address. */
function labelOf({ azp, client_id: clientId, sub }: JWTPayload): string {
  const who = [clientId, azp, sub].find((value) => typeof value === 'string') ?? '';
  return `jwt.${createHash('sha256').update(String(who)).digest('hex').slice(0, 16)}`;
}
