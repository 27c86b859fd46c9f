import { widenRecordId, UmbraError, type Clock, type Log } from '@umbra/domain';
import { Secret, securityEvent } from '@umbra/platform';
import { SignJWT } from 'jose';
import { z } from 'zod';
import type { Exchange } from '../http/exchange.ts';
import { parseJson } from '../http/parse-json.ts';
import { errorLimits, readText } from '../http/read-body.ts';
import { translateFailure } from '../translate-error.ts';
import type { Credentials, SigningKey } from './credentials.ts';
import type { Session } from './session.ts';
import { translateTokenRefusal } from './token-refusal.ts';

/** Three minutes is the longest life that Salesforce documents for an assertion. */
const assertionSeconds = 180;

/** Beyond this difference an assertion may be expired on arrival. */
const clockToleranceMs = 60_000;

/** A sign-in is short work for Salesforce; longer than this it is not going to answer. */
const answerWithinMs = 15_000;

/** What a sign-in may grant without being remarked on. */
const neededScopes = new Set(['api']);

const tokenAnswer = z.object({
  access_token: z.string().min(1).max(8192),
  instance_url: z.string(),
  id: z.string(),
  scope: z.string().optional(),
  refresh_token: z.string().optional(),
});

export interface SignInOptions {
  readonly exchange: Exchange;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly log: Log;
  /** Called once per request to the token endpoint, with its outcome. */
  readonly onTokenCall: (outcome: UmbraError | undefined, ms: number) => void;
}

/**
 * The token endpoint. A refusal is final, but for two causes that a second assertion heals, tried once: the key file
 * was swapped since it was read, or our clock is off, which the answer's `Date` header tells.
 */
export class SignIn {
  readonly #options: SignInOptions;
  /** Server time minus ours, once a refusal showed that they differ. */
  #clockOffsetMs = 0;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  /**
   * @throws UmbraError SF_CREDENTIALS_REFUSED (`details.reason`), SF_UNAVAILABLE, SF_THROTTLED, SF_URL_REFUSED,
   *   INPUT_CONFIGURATION when the key file has become unusable
   */
  async run(): Promise<Session> {
    const { credentials } = this.#options;
    const key = credentials.flow === 'jwt-bearer' ? credentials.readKey() : undefined;
    const first = await this.#request(key);
    if (!(first instanceof UmbraError)) return first;
    const swapped =
      credentials.flow === 'jwt-bearer' && key !== undefined ? credentials.readKey() : undefined;
    const keyChanged = swapped !== undefined && key !== undefined && !swapped.sameAs(key);
    if (first.code !== 'SF_CREDENTIALS_REFUSED' || !(keyChanged || this.#adjustClock(first))) throw first;
    const second = await this.#request(swapped);
    if (second instanceof UmbraError) throw second;
    return second;
  }

  /** True when the refusal came with a server time that ours is far from. */
  #adjustClock(refusal: UmbraError): boolean {
    const { clock, log } = this.#options;
    const serverTime = refusal.details.serverTime;
    if (typeof serverTime !== 'number' || refusal.details.reason !== 'assertion-expired') return false;
    const offset = serverTime - clock.now().getTime();
    if (Math.abs(offset - this.#clockOffsetMs) < clockToleranceMs) return false;
    this.#clockOffsetMs = offset;
    log.warn({ seconds: Math.round(offset / 1000) }, 'clock differs from the clock of Salesforce');
    return true;
  }

  async #request(key: SigningKey | undefined): Promise<Session | UmbraError> {
    const { exchange, clock, onTokenCall } = this.#options;
    const started = clock.monotonic();
    let outcome: Session | UmbraError;
    try {
      const answer = await exchange.send({
        method: 'POST',
        url: new URL('/services/oauth2/token', exchange.guard.loginOrigin).href,
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: (await this.#form(key)).toString(),
        signal: AbortSignal.timeout(answerWithinMs),
        headersTimeoutMs: answerWithinMs,
        bodyTimeoutMs: answerWithinMs,
      });
      const body = await readText(answer, errorLimits);
      outcome =
        answer.status === 200 ? this.#session(body) : translateTokenRefusal(answer, body, clock.now());
    } catch (cause) {
      outcome = translateFailure(cause, 'token');
    }
    onTokenCall(outcome instanceof UmbraError ? outcome : undefined, clock.monotonic() - started);
    return outcome;
  }

  async #form(key: SigningKey | undefined): Promise<URLSearchParams> {
    const { credentials, clock } = this.#options;
    if (credentials.flow === 'client-credentials' || key === undefined)
      return new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: credentials.clientId,
        client_secret: credentials.flow === 'client-credentials' ? credentials.clientSecret.reveal() : '',
      });
    const issuedAt = Math.floor((clock.now().getTime() + this.#clockOffsetMs) / 1000);
    const assertion = await new SignJWT()
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(credentials.clientId)
      .setSubject(credentials.username)
      .setAudience(credentials.audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + assertionSeconds)
      .sign(key.key);
    return new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
  }

  #session(body: string): Session {
    const { exchange, log } = this.#options;
    const answer = parseJson(body, tokenAnswer, 'token answer');
    const granted = (answer.scope ?? '')
      .split(' ')
      .concat(answer.refresh_token === undefined ? [] : 'refresh_token');
    const extraScopes = new Set(granted.filter((scope) => scope !== '' && !neededScopes.has(scope)));
    if (extraScopes.size > 0) securityEvent(log, 'sign-in-excess', { extraScopes: [...extraScopes] });
    // The id is a URL that ends in /id/{org}/{user}; it is read, never requested.
    const [orgId, userId] = answer.id.split('/').slice(-2).map(widenRecordId);
    if (orgId === undefined || userId === undefined)
      throw new UmbraError('SF_RESPONSE_INVALID', 'The token answer of Salesforce names no org and user');
    return {
      token: new Secret(answer.access_token),
      instanceUrl: exchange.guard.check(answer.instance_url, 'instance_url').origin,
      orgId,
      userId,
    };
  }
}
