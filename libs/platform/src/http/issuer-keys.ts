import type { lookup as systemLookup } from 'node:dns';
import { UmbraError, type Clock, type Log } from '@umbra/domain';
import { createLocalJWKSet, errors, type CryptoKey, type JWSHeaderParameters } from 'jose';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { jsonExceeds } from '../json/json-exceeds.ts';
import { checkedLookup } from '../net/checked-lookup.ts';
import { publicAddressFor, publicUrlProblem } from '../net/public-url.ts';
import { securityEvent } from '../security/security-event.ts';

/**
 * The issuer's public keys, fetched when they are needed and kept.
 *
 * - Known keys are looked at again after ten minutes, in the background, so that a key that was taken back is gone soon.
 * - While the issuer does not answer they stay good for an hour.
 * - Whatever is asked of us, the issuer is asked twice a minute at most: unknown key ids come from strangers.
 */
const REFRESH_AFTER_MS = 10 * 60_000;
const GOOD_FOR_MS = 60 * 60_000;
const ASK_EVERY_MS = 30_000;

const ANSWER_WITHIN_MS = 5_000;
/** A set of keys has a few kilobytes. */
const LARGEST_ANSWER = 256 * 1024;

const keySet = z.object({
  keys: z.array(z.looseObject({ kty: z.string() })).max(100),
});

type KeySet = ReturnType<typeof createLocalJWKSet>;

export interface IssuerKeysOptions {
  readonly url: URL;
  readonly clock: Clock;
  readonly log: Log;
  /** Name resolution; the system's by default. */
  readonly resolve?: typeof systemLookup;
}

export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  readonly #agent: Agent;
  /** The last set that came, and when; undefined until one came. */
  #known: { readonly keys: KeySet; readonly at: number } | undefined;
  #askedAt = -Infinity;
  #asking: Promise<void> | undefined;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
    const refused = (): Error => {
      securityEvent(options.log, 'url-refused', { source: 'AUTH_JWKS_URL', reason: 'private-address' });
      return new Error('the name leads to an address that is not allowed');
    };
    this.#agent = new Agent({
      connect: {
        timeout: ANSWER_WITHIN_MS,
        lookup: checkedLookup({
          allowed: publicAddressFor,
          refuse: refused,
          ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
        }),
      },
      maxResponseSize: LARGEST_ANSWER,
      pipelining: 1,
    });
  }

  /**
   * The key that a token names.
   * @throws JOSEError when the issuer has no such key
   * @throws UmbraError INPUT_ISSUER_UNAVAILABLE when no set of keys is known that is still good
   */
  async keyFor(header: JWSHeaderParameters): Promise<CryptoKey> {
    const set = await this.#current();
    try {
      return await set(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      // The issuer may have changed its keys since.
      await this.#ask();
      return (this.#known?.keys ?? set)(header);
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #current(): Promise<KeySet> {
    const age = this.#age();
    if (age > GOOD_FOR_MS) await this.#ask();
    else if (age > REFRESH_AFTER_MS) void this.#ask();
    if (this.#known !== undefined && this.#age() <= GOOD_FOR_MS) return this.#known.keys;
    throw new UmbraError('INPUT_ISSUER_UNAVAILABLE', 'Tokens cannot be checked now');
  }

  #age(): number {
    return this.#known === undefined ? Infinity : this.#options.clock.monotonic() - this.#known.at;
  }

  /** One question at a time, and never sooner than allowed. Never fails: what is known stays. */
  #ask(): Promise<void> {
    const now = this.#options.clock.monotonic();
    if (this.#asking === undefined && now - this.#askedAt < ASK_EVERY_MS) return Promise.resolve();
    this.#asking ??= this.#fetch().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #fetch(): Promise<void> {
    const { url, clock, log } = this.#options;
    this.#askedAt = clock.monotonic();
    try {
      const problem = publicUrlProblem(url);
      if (problem !== undefined) throw new Error(problem);
      // No redirects: where they lead was not checked.
      const { statusCode, body } = await request(url, {
        dispatcher: this.#agent,
        headers: { accept: 'application/json', 'user-agent': 'umbra' },
        headersTimeout: ANSWER_WITHIN_MS,
        bodyTimeout: ANSWER_WITHIN_MS,
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`status ${statusCode}`);
      if (jsonExceeds(text, { depth: 8, keys: 2_000 }) !== undefined) throw new Error('shape');
      const keys = createLocalJWKSet(keySet.parse(JSON.parse(text)));
      this.#known = { keys, at: clock.monotonic() };
    } catch (error) {
      log.warn({ err: error }, 'keys of the token issuer cannot be fetched');
    }
  }
}
