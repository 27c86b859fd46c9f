import { describe, expect, it } from '@jest/globals';
import { clientKey, demandsFreshness } from './client-key.ts';

describe('who a request is limited as', () => {
  it.each([
    [{ caller: 'shop', ip: '10.0.0.1' }, 'key:shop'],
    [{ ip: '10.0.0.1' }, 'address:10.0.0.1'],
    [{ ip: '::ffff:10.0.0.1' }, 'address:10.0.0.1'],
    [{ ip: '2001:db8:1:2:3:4:5:6' }, 'address:2001:db8:1:2::/64'],
    [{ ip: '2001:db8:1:2::9' }, 'address:2001:db8:1:2::/64'],
    [{ ip: '2001:db8::9' }, 'address:2001:db8:0:0::/64'],
    [{ ip: 'fe80::1%eth0' }, 'address:fe80:0:0:0::/64'],
    [{ ip: '::1' }, 'address:0:0:0:0::/64'],
  ])('%j', (client, key) => {
    expect(clientKey(client)).toBe(key);
  });
});

describe('sec-23: a demand that may cost a call', () => {
  it.each([
    ['max-age=0', true],
    ['no-transform, Max-Age = 10', true],
    ['max-age="5"', true],
    ['max-age=nonsense', true],
    ['max-age=300', false],
    ['no-cache', false],
    [undefined, false],
  ])('%s', (header, costly) => {
    expect(demandsFreshness(header)).toBe(costly);
  });
});
