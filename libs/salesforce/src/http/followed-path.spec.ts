import { describe, expect, it } from '@jest/globals';
import { followedPath, safeJobId, safeLocator } from './followed-path.ts';

describe('sec-21: followed links', () => {
  it('is a path below the API version', () => {
    expect(followedPath('/services/data/v62.0/query/01gD0000002HU6KIAW-2000', '62.0')).toBe(
      '/query/01gD0000002HU6KIAW-2000',
    );
  });

  it.each([
    'https://evil.test/services/data/v62.0/query/01gxx-2000',
    '//evil.test/services/data/v62.0/query/01gxx-2000',
    '/\\evil.test/services/data/v62.0/query/01gxx-2000',
    'services/data/v62.0/query/01gxx-2000',
    '/services/data/v62.0/../../apexrest/x',
    '/services/data/v62.0/query/..',
    '/services/data/v62.0/query/.',
    '/services/data/v62.0//query/01gxx',
    '/services/data/v62.0/%2e%2e/apexrest',
    '/services/data/v62.0/query%2f01gxx',
    '/services/data/v62.0/query/01gxx?locator=a',
    '/services/data/v62.0/query/01gxx#a',
    '/services/data/v62.0/query/01g xx',
    '/services/data/v62.0/query/01gxx\r\nHost: evil.test',
    '/services/data/v61.0/query/01gxx-2000',
    '/services/apexrest/x',
    '/services/data/v62.0',
    '',
    `/services/data/v62.0/query/${'a'.repeat(2000)}`,
  ])('%j is refused', (link) => {
    expect(() => followedPath(link, '62.0')).toThrow(expect.objectContaining({ code: 'SF_URL_REFUSED' }));
  });
});

describe('sec-21: locators and job ids', () => {
  it('takes the base64 of a row offset', () => {
    expect(safeLocator('MTAwMDA')).toBe('MTAwMDA');
    expect(safeLocator('a+/=')).toBe('a%2B%2F%3D');
  });

  it.each(['https://evil.test', '..', 'a&maxRecords=1', 'a b', 'a%2e', '', 'x'.repeat(600)])(
    'locator %j is refused',
    (locator) => {
      expect(() => safeLocator(locator)).toThrow(expect.objectContaining({ code: 'SF_URL_REFUSED' }));
    },
  );

  it.each(['../750xx', '750xx/results', '001xx0000000001AAA', '750xx000000000', ''])(
    'job id %j is refused',
    (id) => {
      expect(() => safeJobId(id)).toThrow(expect.objectContaining({ code: 'SF_URL_REFUSED' }));
    },
  );
});
