import { describe, expect, it } from '@jest/globals';
import { json } from './reply.ts';
import { Router, type Route } from './router.ts';

const route = (name: string, method: Route['method'], pattern: string): Route => ({
  name,
  class: 'rest',
  method,
  pattern,
  handle: () => json(null),
});

const router = new Router([
  route('describe', 'GET', '/data/:version/sobjects/:object/describe'),
  route('row', 'GET', '/data/:version/sobjects/:object/:id'),
  route('row-update', 'PATCH', '/data/:version/sobjects/:object/:id'),
]);

describe('a path', () => {
  it.each([
    ['/data/v62.0/sobjects/Account/describe', 'describe', { object: 'Account' }],
    ['/data/v62.0/sobjects/Account/describe/', 'describe', { object: 'Account' }],
    ['/DATA/v62.0/SObjects/Account/001', 'row', { id: '001' }],
    ['/data/v62.0/sobjects/Account/a%2Fb%20c', 'row', { id: 'a/b c' }],
  ])('%s leads to %s', (path, name, params) => {
    const match = router.match('GET', path);
    expect(match.route.name).toBe(name);
    expect(match.params).toMatchObject(params);
  });

  it.each([
    '/data',
    '/data/v62.0/sobjects/Account',
    '/data/v62.0/sobjects//001',
    '/data/v62.0/sobjects/Account/%zz',
  ])('%s is not found', (path) => {
    expect(() => router.match('GET', path)).toThrow('The requested resource does not exist');
  });

  it('says which methods it takes', () => {
    expect(() => router.match('DELETE', '/data/v62.0/sobjects/Account/001')).toThrow(
      "HTTP Method 'DELETE' not allowed. Allowed are GET,PATCH",
    );
  });
});
