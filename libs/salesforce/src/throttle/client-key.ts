import { isIPv6 } from 'node:net';

/** What a request is limited by. */
export interface Client {
  /** Label of the API key or token, set once it was accepted. */
  readonly caller?: string;
  /** Address by the proxies that are trusted, which a header from outside cannot change. */
  readonly ip: string;
}

/** One name per client: its key, or the address it comes from. */
export function clientKey({ caller, ip }: Client): string {
  return caller === undefined ? `address:${network(ip)}` : `key:${caller}`;
}

/** Who has one IPv6 address has 2^64 of them, so the network counts. */
function network(ip: string): string {
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(ip)) return ip;
  const [before = '', after] = ip.split('%', 1)[0]?.split('::') ?? [];
  const left = before.split(':').filter((group) => group !== '');
  const right = (after ?? '').split(':').filter((group) => group !== '');
  const zeros = after === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** Below this age, in seconds, a demand may cost a call to Salesforce; what is older, cache or shadow have. */
const costly = 300;

/** Whether the request demands an answer so fresh that Salesforce may have to be asked. */
export function demandsFreshness(cacheControl: string | undefined): boolean {
  if (cacheControl === undefined) return false;
  return cacheControl.split(',').some((directive) => {
    const [name = '', value = ''] = directive.split('=', 2);
    const seconds = Number(value.trim().replaceAll('"', ''));
    return name.trim().toLowerCase() === 'max-age' && !(seconds >= costly);
  });
}
