import { describe, expect, it } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import { UmbraError } from '@umbra/domain';
import { RecordingLog } from '@umbra/testing';
import { UrlGuard, type UrlGuardOptions } from './url-guard.ts';

const instanceHosts = ['.salesforce.com', '.force.com'];

function guardFor(
  loginUrl: string,
  resolve?: UrlGuardOptions['resolve'],
): { guard: UrlGuard; log: RecordingLog } {
  const log = new RecordingLog();
  const guard = new UrlGuard({ loginUrl, instanceHosts, log, ...(resolve === undefined ? {} : { resolve }) });
  return { guard, log };
}

const refusals: readonly (readonly [string, string])[] = [
  ['not a url', 'unreadable'],
  ['', 'unreadable'],
  ['//acme.my.salesforce.com', 'unreadable'],
  ['/services/data', 'unreadable'],
  ['https://', 'unreadable'],
  ['https://acme.my.salesforce.com:99999', 'unreadable'],
  ['http://acme.my.salesforce.com', 'scheme'],
  ['ftp://acme.my.salesforce.com', 'scheme'],
  ['file:///etc/passwd', 'scheme'],
  ['javascript:alert(1)', 'scheme'],
  ['data:text/html,x', 'scheme'],
  ['gopher://acme.my.salesforce.com', 'scheme'],
  ['https://acme.my.salesforce.com:8443', 'port'],
  ['https://acme.my.salesforce.com:80', 'port'],
  ['https://user@acme.my.salesforce.com', 'userinfo'],
  ['https://user:pw@acme.my.salesforce.com', 'userinfo'],
  ['https://acme.my.salesforce.com@evil.test', 'userinfo'],
  ['https://acme.my.salesforce.com%40evil.test', 'unreadable'],
  ['https://salesforce.com.evil.test', 'host'],
  ['https://acme.my.salesforce.com.evil.test', 'host'],
  ['https://evilsalesforce.com', 'host'],
  ['https://evil-force.com', 'host'],
  ['https://xn--salesforce-.com', 'host'],
  ['https://salesforce.com', 'host'],
  ['https://force.com', 'host'],
  ['https://.salesforce.com', 'host'],
  ['https://evil.test/acme.my.salesforce.com', 'host'],
  ['https://evil.test#.salesforce.com', 'host'],
  ['https://evil.test?.salesforce.com', 'host'],
  ['https://evil.test\\.salesforce.com', 'host'],
  ['https://acme.my.salesforce.com.', 'host'],
  ['https://169.254.169.254', 'address'],
  ['https://10.0.0.1', 'address'],
  ['https://8.8.8.8', 'address'],
  ['https://2852039166', 'address'],
  ['https://0xa9fea9fe', 'address'],
  ['https://0251.0376.0251.0376', 'address'],
  ['https://[::ffff:169.254.169.254]', 'address'],
  ['https://[fd00::1]', 'address'],
  ['https://[2606:4700:4700::1111]', 'address'],
  ['https://127.0.0.1', 'loopback'],
  ['https://127.1', 'loopback'],
  ['https://2130706433', 'loopback'],
  ['https://[::1]', 'loopback'],
  ['https://localhost', 'loopback'],
  ['http://localhost:4100', 'loopback'],
];

describe('sec-20: URLs that lead elsewhere', () => {
  const { guard, log } = guardFor('https://acme.my.salesforce.com');

  it.each(refusals)('%s is refused: %s', (url, reason) => {
    const before = log.lines.length;
    expect(() => guard.check(url, 'instance_url')).toThrow(
      expect.objectContaining({ code: 'SF_URL_REFUSED', details: { source: 'instance_url', reason } }),
    );
    expect(log.lines.slice(before)).toEqual([
      {
        level: 'warn',
        message: 'url refused',
        fields: { event: 'url-refused', eventId: expect.any(String), source: 'instance_url', reason },
      },
    ]);
  });

  it.each([
    'https://acme.my.salesforce.com',
    'https://acme.my.salesforce.com:443/services/data',
    'https://ACME--uat.sandbox.my.SALESFORCE.com',
    'https://login.salesforce.com',
    'https://acme.my.site.force.com/',
  ])('%s passes', (url) => {
    expect(guard.check(url, 'instance_url').protocol).toBe('https:');
  });
});

describe('sec-20: loopback', () => {
  it('is waived only when the login URL is loopback', () => {
    const { guard } = guardFor('http://127.0.0.1:4100');
    expect(guard.check('http://localhost:5000', 'instance_url').port).toBe('5000');
    expect(guard.check('http://[::1]:5000', 'instance_url').port).toBe('5000');
    expect(() => guard.check('http://10.0.0.1:5000', 'instance_url')).toThrow(UmbraError);
    expect(() => guard.check('http://user@localhost:5000', 'instance_url')).toThrow(UmbraError);
  });

  it.each(['https://evil.test', 'http://acme.my.salesforce.com', 'https://10.0.0.1'])(
    'the login URL %s is refused',
    (loginUrl) => {
      expect(() => guardFor(loginUrl)).toThrow(expect.objectContaining({ code: 'SF_URL_REFUSED' }));
    },
  );
});

type Found = readonly LookupAddress[];

function resolver(...answers: Found[]): NonNullable<UrlGuardOptions['resolve']> {
  let call = 0;
  const answer = (_name: string, _options: unknown, callback: (error: null, found: Found) => void): void =>
    callback(null, answers[Math.min(call++, answers.length - 1)] ?? []);
  return answer as unknown as NonNullable<UrlGuardOptions['resolve']>;
}

function lookUp(guard: UrlGuard, hostname: string, all: boolean): Promise<unknown> {
  return new Promise((resolve, reject) => {
    guard.lookup(hostname, { all }, (error, address, family) => {
      if (error === null) resolve(all ? address : { address, family });
      else reject(error);
    });
  });
}

describe('sec-20: name resolution', () => {
  const open = { address: '13.110.0.1', family: 4 };

  it.each([
    '169.254.169.254',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '192.168.1.1',
    '172.31.255.255',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    'fe80::1',
    'fd12::1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '2001:db8::1',
  ])('a name that resolves to %s is refused, also among public addresses', async (address) => {
    const found = [open, { address, family: address.includes(':') ? 6 : 4 }];
    const { guard } = guardFor('https://acme.my.salesforce.com', resolver(found));
    await expect(lookUp(guard, 'acme.my.salesforce.com', true)).rejects.toMatchObject({
      code: 'SF_URL_REFUSED',
      details: { reason: 'private-address' },
    });
  });

  it('hands the checked addresses to the socket, so that rebinding comes too late', async () => {
    const { guard } = guardFor(
      'https://acme.my.salesforce.com',
      resolver([open], [{ address: '10.0.0.1', family: 4 }]),
    );
    await expect(lookUp(guard, 'acme.my.salesforce.com', false)).resolves.toEqual(open);
    await expect(lookUp(guard, 'acme.my.salesforce.com', false)).rejects.toMatchObject({
      code: 'SF_URL_REFUSED',
    });
  });

  it('a name without addresses is refused', async () => {
    const { guard } = guardFor('https://acme.my.salesforce.com', resolver([]));
    await expect(lookUp(guard, 'acme.my.salesforce.com', true)).rejects.toMatchObject({
      code: 'SF_URL_REFUSED',
    });
  });

  it('localhost must be loopback', async () => {
    const { guard } = guardFor('http://localhost:4100', resolver([open]));
    await expect(lookUp(guard, 'localhost', true)).rejects.toMatchObject({ code: 'SF_URL_REFUSED' });
  });
});
