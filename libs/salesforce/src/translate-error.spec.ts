import { describe, expect, it } from '@jest/globals';
import { UmbraError } from '@umbra/domain';
import { codeByErrorCode, codeByStatus, translateAnswer, translateFailure } from './translate-error.ts';

const now = new Date('2026-01-01T00:00:00Z');

function answer(status: number, errorCode: string, message: string): string {
  return translateAnswer({ status, body: JSON.stringify([{ errorCode, message }]) }, 'query', now).code;
}

describe('an answer with an error code', () => {
  it.each(Object.entries(codeByErrorCode))('%s is %s, whatever the status', (errorCode, code) => {
    expect(answer(400, errorCode, 'text')).toBe(code);
    expect(answer(500, errorCode, 'text')).toBe(code);
  });

  it.each([
    ['TotalRequests Limit exceeded.', 'SF_DAILY_LIMIT'],
    ['ConcurrentRequests (Concurrent API Requests) Limit exceeded.', 'SF_CONCURRENT_LIMIT'],
  ])('REQUEST_LIMIT_EXCEEDED "%s" is %s', (message, code) => {
    expect(answer(403, 'REQUEST_LIMIT_EXCEEDED', message)).toBe(code);
  });

  it.each(['This session is not valid for use with the REST API', 'Connected app is not attached to Agent'])(
    'a 401 "%s" is no matter of the token',
    (message) => {
      expect(answer(401, 'INVALID_SESSION_ID', message)).toBe('SF_CREDENTIALS_REFUSED');
    },
  );
});

describe('an answer without a code that we know', () => {
  it.each(Object.entries(codeByStatus))('%s is %s', (status, code) => {
    expect(answer(Number(status), 'SOMETHING_NEW', 'text')).toBe(code);
    expect(translateAnswer({ status: Number(status), body: '' }, 'query', now).code).toBe(code);
  });

  it.each([
    [302, 'SF_URL_REFUSED'],
    [400, 'SF_REQUEST_REJECTED'],
    [405, 'SF_REQUEST_REJECTED'],
    [409, 'SF_REQUEST_REJECTED'],
    [414, 'SF_REQUEST_REJECTED'],
    [431, 'SF_REQUEST_REJECTED'],
    [500, 'SF_UNAVAILABLE'],
    [502, 'SF_UNAVAILABLE'],
    [503, 'SF_UNAVAILABLE'],
    [504, 'SF_UNAVAILABLE'],
  ])('%d is %s', (status, code) => {
    for (const body of [
      '',
      '<html><body>maintenance</body></html>',
      '{"error":"x"}',
      '[]',
      '[{"message":1}]',
    ])
      expect(translateAnswer({ status, body }, 'query', now).code).toBe(code);
  });
});

describe('what an error tells', () => {
  it('sec-39: status, code and column, never the text', () => {
    const body = JSON.stringify([
      {
        errorCode: 'INVALID_FIELD',
        message: "WHERE Name = 'Jane Doe'\nNo such column 'Nmae' on entity 'Account'.",
      },
    ]);
    const error = translateAnswer({ status: 400, body }, 'query', now);
    expect(error.details).toEqual({
      route: 'query',
      status: 400,
      errorCode: 'INVALID_FIELD',
      column: 'Nmae',
    });
    expect(error.message).toBe('Salesforce answered 400 INVALID_FIELD for Nmae');
    expect(error.cause).toBeUndefined();
  });

  it('a code that is none is dropped', () => {
    const body = JSON.stringify([{ errorCode: 'Jane Doe', message: '' }]);
    expect(translateAnswer({ status: 400, body }, 'query', now).details).toEqual({
      route: 'query',
      status: 400,
    });
  });

  it.each([
    ['30', '2026-01-01T00:00:30.000Z'],
    ['Thu, 01 Jan 2026 00:05:00 GMT', '2026-01-01T00:05:00.000Z'],
    ['soon', undefined],
    [undefined, undefined],
  ])('Retry-After %s', (retryAfter, at) => {
    expect(translateAnswer({ status: 429, body: '', retryAfter }, 'query', now).retryAt?.toISOString()).toBe(
      at,
    );
  });
});

describe('a failure without an answer', () => {
  const failure = (code: string): Error => Object.assign(new Error('text'), { code });

  it.each([
    ['ECONNREFUSED', false],
    ['ENOTFOUND', false],
    ['EAI_AGAIN', false],
    ['EHOSTUNREACH', false],
    ['ENETUNREACH', false],
    ['EHOSTDOWN', false],
    ['UND_ERR_CONNECT_TIMEOUT', false],
    ['CERT_HAS_EXPIRED', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', false],
    ['SELF_SIGNED_CERT_IN_CHAIN', false],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', false],
    ['ECONNRESET', true],
    ['EPIPE', true],
    ['UND_ERR_SOCKET', true],
    ['UND_ERR_HEADERS_TIMEOUT', true],
    ['UND_ERR_BODY_TIMEOUT', true],
  ])('%s may have been sent: %s', (code, sent) => {
    const error = translateFailure(failure(code), 'query');
    expect(error).toMatchObject({ code: 'SF_UNAVAILABLE', details: { route: 'query', cause: code, sent } });
  });

  it('is looked for within the errors that Node and undici wrap it in', () => {
    const tried = new AggregateError([failure('ECONNREFUSED'), failure('ECONNREFUSED')]);
    expect(translateFailure(tried, 'query').details.cause).toBe('ECONNREFUSED');
    expect(translateFailure(new TypeError('x', { cause: failure('EPIPE') }), 'query').details.cause).toBe(
      'EPIPE',
    );
    expect(translateFailure('odd', 'query').details.cause).toBe('UNKNOWN');
  });

  it('an error of ours passes unchanged, also as a cause', () => {
    const ours = new UmbraError('SF_URL_REFUSED', 'no');
    expect(translateFailure(ours, 'query')).toBe(ours);
    expect(translateFailure(new Error('x', { cause: ours }), 'query')).toBe(ours);
  });
});
