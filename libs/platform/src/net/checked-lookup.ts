import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

export interface CheckedLookupOptions {
  /** Whether a connection for this host name may go to this address. */
  readonly allowed: (hostname: string, address: string) => boolean;
  /** The error of a name that leads elsewhere. */
  readonly refuse: () => Error;
  /** Name resolution; the system's by default. */
  readonly resolve?: typeof systemLookup;
}

/**
 * Name resolution for sockets that hands over checked addresses only: what was checked is what is connected to, so a
 * name that resolves differently a moment later changes nothing. A name is refused as soon as one of its addresses is
 * not allowed.
 */
export function checkedLookup({
  allowed,
  refuse,
  resolve = systemLookup,
}: CheckedLookupOptions): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) return callback(error, '', 0);
      const [first] = found;
      if (first === undefined || !found.every(({ address }) => allowed(hostname, address)))
        return callback(refuse(), '', 0);
      return options.all === true ? callback(null, found) : callback(null, first.address, first.family);
    });
  };
}
