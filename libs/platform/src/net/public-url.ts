import { isIP } from 'node:net';
import { isLoopbackHost } from '../env/texts.ts';
import { isLoopbackAddress, isPublicAddress } from './address-rules.ts';

/**
 * Why a URL that this deployment is to fetch breaks the rule, as a phrase; undefined when it does not. The rule: https
 * on port 443, a host name without user or password. On loopback scheme and port are free.
 */
export function publicUrlProblem(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') return 'must not carry a user name or password';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'needs https';
  if (isLoopbackHost(url.hostname)) return undefined;
  if (url.protocol !== 'https:') return 'needs https (http is accepted on loopback only)';
  if (url.port !== '') return 'needs port 443';
  if (url.hostname.startsWith('[') || isIP(url.hostname) !== 0) return 'needs a host name, not an address';
  return undefined;
}

/** Where connections for such a URL may go: loopback names to loopback, all others to public addresses. */
export function publicAddressFor(hostname: string, address: string): boolean {
  return isLoopbackHost(hostname) ? isLoopbackAddress(address) : isPublicAddress(address);
}
