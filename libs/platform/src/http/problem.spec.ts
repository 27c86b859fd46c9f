import { describe, expect, it } from '@jest/globals';
import { errorCatalogue, UmbraError, type ErrorCode } from '@umbra/domain';
import { asUmbraError, problemOf, retryAfterSeconds } from './problem.ts';

describe('problemOf', () => {
  it('lists every problem of bad input', () => {
    const error = new UmbraError('INPUT_INVALID', 'The query is not understood', {
      problems: ['accountId is no record id', 'unknown parameter foo'],
    });
    expect(problemOf(error, 'abc')).toEqual({
      type: 'urn:umbra:error:INPUT_INVALID',
      title: 'The request cannot be used',
      status: 400,
      code: 'INPUT_INVALID',
      detail: 'The query is not understood',
      problems: ['accountId is no record id', 'unknown parameter foo'],
      instance: 'urn:uuid:abc',
    });
  });

  it('sec-39: what comes from below is told by constant text, whatever its message says', () => {
    for (const code of Object.keys(errorCatalogue) as ErrorCode[]) {
      if (/^(INPUT|READ)_/.test(code)) continue;
      const error = new UmbraError(code, 'SELECT canary FROM host.example', { problems: ['canary'] });
      const problem = problemOf(error, 'id');
      expect(JSON.stringify(problem)).not.toContain('canary');
      expect(problem.detail).toBe(errorCatalogue[problem.code].meaning);
      expect(problem.status).toBeGreaterThanOrEqual(400);
    }
  });

  it.each([
    ['INPUT_CREDENTIALS_MISSING', 401, 'INPUT_CREDENTIALS_MISSING'],
    ['INPUT_SCOPE_MISSING', 403, 'INPUT_SCOPE_MISSING'],
    ['INPUT_METHOD_NOT_ALLOWED', 405, 'INPUT_METHOD_NOT_ALLOWED'],
    ['INPUT_TOO_LARGE', 413, 'INPUT_TOO_LARGE'],
    ['READ_NOT_FOUND', 404, 'READ_NOT_FOUND'],
    ['READ_LIVE_TOO_LARGE', 503, 'READ_LIVE_TOO_LARGE'],
    ['SF_DAILY_LIMIT', 503, 'SF_DAILY_LIMIT'],
    ['SF_CREDENTIALS_REFUSED', 503, 'READ_UNAVAILABLE'],
    ['SF_SESSION_ENDED', 503, 'READ_UNAVAILABLE'],
    ['STORE_UNAVAILABLE', 503, 'STORE_UNAVAILABLE'],
    ['STORE_REJECTED', 500, 'READ_FAILED'],
    ['SF_FIELD_MISSING', 500, 'READ_FAILED'],
    ['STORE_CONFLICT', 409, 'STORE_CONFLICT'],
    ['INPUT_CONFIGURATION', 500, 'READ_FAILED'],
    ['INPUT_PORT_TAKEN', 500, 'READ_FAILED'],
  ] as const)('%s is %i as %s', (code, status, shown) => {
    const problem = problemOf(new UmbraError(code, 'x'), 'id');
    expect([problem.status, problem.code]).toEqual([status, shown]);
  });
});

describe('retryAfterSeconds', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  it('is told when the other side said so, guessed otherwise, and left out where waiting is no use', () => {
    const known = new UmbraError('SF_DAILY_LIMIT', '', { retryAt: new Date(now.getTime() + 90_500) });
    expect(retryAfterSeconds(known, 503, now)).toBe(91);
    expect(retryAfterSeconds(new UmbraError('STORE_UNAVAILABLE', ''), 503, now)).toBe(5);
    expect(retryAfterSeconds(new UmbraError('READ_NOT_FOUND', ''), 404, now)).toBeUndefined();
  });
});

describe('asUmbraError', () => {
  it.each([
    [400, 'INPUT_INVALID'],
    [404, 'INPUT_ROUTE_UNKNOWN'],
    [413, 'INPUT_TOO_LARGE'],
    [415, 'INPUT_INVALID'],
    [500, 'READ_FAILED'],
  ] as const)('gives a refusal of the HTTP layer with status %i the code %s', (statusCode, code) => {
    expect(asUmbraError(Object.assign(new Error('canary'), { statusCode })).code).toBe(code);
    expect(asUmbraError(Object.assign(new Error('canary'), { getStatus: () => statusCode })).code).toBe(code);
    expect(asUmbraError(Object.assign(new Error('canary'), { statusCode })).message).not.toContain('canary');
  });

  it('takes everything else for a failure', () => {
    expect(asUmbraError('text').code).toBe('READ_FAILED');
    expect(asUmbraError(undefined).code).toBe('READ_FAILED');
  });
});
