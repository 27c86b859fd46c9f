import { describe, expect, it } from '@jest/globals';
import { respond } from './respond.ts';

function answer(ifNoneMatch?: string) {
  const headers: Record<string, string> = {};
  let status = 200;
  const bytes = respond(
    { headers: { 'if-none-match': ifNoneMatch } },
    { status: (code) => (status = code), header: (name, value) => (headers[name] = value) },
    {
      name: null,
      data: { sku: 'A' },
      json: '{"sku":"A"}',
      meta: { source: 'shadow', asOf: '2026-01-01T00:00:00.000Z', ageSeconds: 7, stale: false },
      etag: 'W/"abc"',
    },
  );
  const body = bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as unknown);
  return { status, headers, body };
}

describe('respond', () => {
  it('repeats in headers how fresh the body is', () => {
    expect(answer()).toEqual({
      status: 200,
      headers: {
        etag: 'W/"abc"',
        age: '7',
        'x-data-source': 'shadow',
        'cache-control': 'private, no-cache',
        'content-type': 'application/json; charset=utf-8',
      },
      body: {
        data: { sku: 'A' },
        meta: { source: 'shadow', asOf: '2026-01-01T00:00:00.000Z', ageSeconds: 7, stale: false },
      },
    });
  });

  it.each(['W/"abc"', '"abc"', '"x", W/"abc"', ' * '])('sends no body to who holds %j', (tag) => {
    const { status, body, headers } = answer(tag);
    expect([status, body, headers['age']]).toEqual([304, undefined, '7']);
    expect(headers).toMatchObject({ 'x-data-as-of': '2026-01-01T00:00:00.000Z', 'x-data-stale': 'false' });
  });

  it.each(['"ab"', 'W/"abcd"', 'abc"', ''])('sends the body to who holds %j', (tag) => {
    expect(answer(tag).status).toBe(200);
  });
});
