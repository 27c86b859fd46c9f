import type { lookup as resolveName } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { UmbraError, type Log } from '@umbra/domain';
import {
  checkedLookup,
  isLoopbackAddress,
  isLoopbackHost,
  isPublicAddress,
  securityEvent,
} from '@umbra/platform';

/**
 * Promise: no packet leaves for a host that is not Salesforce. Every URL that is about to be requested passes `check`,
 * whoever made it, and every connection resolves its name through `lookup`, which hands the checked addresses to the
 * socket itself: a name that resolves differently a moment later changes nothing.
 *
 * A URL passes when it is https on port 443 without user or password and its host ends in one of the allowed suffixes
 * on a label boundary. On loopback these rules are waived, but only when the login URL is loopback too: then the org is
 * the simulator, and a real org can never send us there.
 */
export interface UrlGuardOptions {
  readonly loginUrl: string;
  /** `.salesforce.com`, `.force.com`: each with its leading dot. */
  readonly instanceHosts: readonly string[];
  readonly log: Log;
  /** Name resolution; the system's by default. */
  readonly resolve?: typeof resolveName;
}

/** Why a URL is refused. A closed set: it is logged as a security event. */
export type UrlRefusal =
  'unreadable' | 'userinfo' | 'loopback' | 'scheme' | 'port' | 'address' | 'host' | 'private-address';

export class UrlGuard {
  /** The login URL's origin. */
  readonly loginOrigin: URL;
  /** Name resolution for sockets. Refuses a name as soon as one of its addresses is not allowed. */
  readonly lookup: LookupFunction;
  readonly #instanceHosts: readonly string[];
  readonly #log: Log;
  readonly #loopbackAllowed: boolean;

  /** @throws UmbraError SF_URL_REFUSED when the login URL itself breaks the rule */
  constructor(options: UrlGuardOptions) {
    this.#instanceHosts = options.instanceHosts.map((suffix) => suffix.toLowerCase());
    this.#log = options.log;
    this.#loopbackAllowed =
      URL.canParse(options.loginUrl) && isLoopbackHost(new URL(options.loginUrl).hostname);
    this.lookup = checkedLookup({
      allowed: (host, address) =>
        isLoopbackHost(host) && this.#loopbackAllowed ? isLoopbackAddress(address) : isPublicAddress(address),
      refuse: () => this.#refused('name resolution', 'private-address'),
      ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
    });
    this.loginOrigin = new URL(this.check(options.loginUrl, 'SF_LOGIN_URL').origin);
  }

  /**
   * The URL, parsed, if it may be requested.
   * @param origin where the text comes from, for the log: `SF_LOGIN_URL`, `instance_url`, …
   * @throws UmbraError SF_URL_REFUSED
   */
  check(text: string, origin: string): URL {
    if (!URL.canParse(text)) throw this.#refused(origin, 'unreadable');
    const url = new URL(text);
    const refusal = this.#refusal(url);
    if (refusal !== undefined) throw this.#refused(origin, refusal);
    return url;
  }

  #refusal(url: URL): UrlRefusal | undefined {
    if (url.username !== '' || url.password !== '') return 'userinfo';
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'scheme';
    if (isLoopbackHost(url.hostname)) return this.#loopbackAllowed ? undefined : 'loopback';
    if (url.protocol !== 'https:') return 'scheme';
    if (url.port !== '') return 'port';
    if (url.hostname.startsWith('[') || isIP(url.hostname) !== 0) return 'address';
    // The suffix begins with a dot, so `evilsalesforce.com` does not end in `.salesforce.com`.
    const allowed = this.#instanceHosts.some(
      (suffix) => url.hostname.endsWith(suffix) && url.hostname.length > suffix.length,
    );
    return allowed ? undefined : 'host';
  }

  #refused(origin: string, refusal: UrlRefusal): UmbraError {
    securityEvent(this.#log, 'url-refused', { source: origin, reason: refusal });
    return new UmbraError(
      'SF_URL_REFUSED',
      `The URL of ${origin} does not lead to an allowed Salesforce host (${refusal}). See SF_INSTANCE_HOSTS.`,
      { details: { source: origin, reason: refusal } },
    );
  }
}
