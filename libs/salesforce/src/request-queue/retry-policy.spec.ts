import { describe, expect, it } from '@jest/globals';
import { UmbraError, type ErrorCode } from '@umbra/domain';
import { FakeClock } from '@umbra/testing';
import { RetryBudget, retryDelay, type FailedTry } from './retry-policy.ts';

const now = new Date('2026-01-01T00:00:00Z');
const later = (ms: number): Date => new Date(now.getTime() + ms);

function delayFor(
  code: ErrorCode,
  changes: Partial<FailedTry> = {},
  options: object = {},
): number | undefined {
  const failed: FailedTry = {
    error: new UmbraError(code, 'text', options),
    tries: 1,
    requestClass: 'backfill',
    idempotent: true,
    ...changes,
  };
  return retryDelay(failed, now, () => 0.5);
}

describe('retryDelay', () => {
  it.each<[ErrorCode, boolean]>([
    ['SF_UNAVAILABLE', true],
    ['SF_THROTTLED', true],
    ['SF_CONCURRENT_LIMIT', true],
    ['SF_RESPONSE_INVALID', true],
    ['SF_QUERY_TIMEOUT', false],
    ['SF_QUERY_REJECTED', false],
    ['SF_REQUEST_REJECTED', false],
    ['SF_DAILY_LIMIT', false],
    ['SF_CREDENTIALS_REFUSED', false],
    ['SF_SESSION_ENDED', false],
    ['SF_NOT_FOUND', false],
    ['SF_URL_REFUSED', false],
    ['SF_BULK_ROW_COUNT', false],
    ['SF_BULK_LIMIT', false],
    ['SF_ACCESS_DENIED', false],
    ['SF_QUEUE_FULL', false],
  ])('%s is tried again: %s', (code, again) => {
    expect(delayFor(code) !== undefined).toBe(again);
  });

  it('doubles with each try up to a bound, with jitter', () => {
    expect([1, 2, 3, 4, 5].map((tries) => delayFor('SF_UNAVAILABLE', { tries }))).toEqual([
      500, 1000, 2000, 4000, 8000,
    ]);
    expect(delayFor('SF_UNAVAILABLE', { tries: 6 })).toBeUndefined();
    expect(delayFor('SF_UNAVAILABLE', { tries: 1, requestClass: 'quote' })).toBe(50);
    expect(delayFor('SF_UNAVAILABLE', { tries: 3, requestClass: 'quote' })).toBeUndefined();
  });

  it('a damaged answer is fetched once more only', () => {
    expect(delayFor('SF_RESPONSE_INVALID', { tries: 2 })).toBeUndefined();
  });

  it('waits as long as Salesforce says, if that is not too long', () => {
    expect(delayFor('SF_THROTTLED', {}, { retryAt: later(45_000) })).toBe(45_000);
    expect(delayFor('SF_THROTTLED', {}, { retryAt: later(-1) })).toBe(0);
    expect(delayFor('SF_THROTTLED', {}, { retryAt: later(500_000) })).toBeUndefined();
    expect(delayFor('SF_THROTTLED', { requestClass: 'quote' }, { retryAt: later(45_000) })).toBeUndefined();
  });

  it('repeats what must not happen twice only when it certainly did not happen', () => {
    const once = { idempotent: false };
    expect(delayFor('SF_UNAVAILABLE', once)).toBeUndefined();
    expect(delayFor('SF_UNAVAILABLE', once, { details: { sent: true } })).toBeUndefined();
    expect(delayFor('SF_RESPONSE_INVALID', once)).toBeUndefined();
    expect(delayFor('SF_UNAVAILABLE', once, { details: { sent: false } })).toBeDefined();
    expect(delayFor('SF_THROTTLED', once)).toBeDefined();
    expect(delayFor('SF_CONCURRENT_LIMIT', once)).toBeDefined();
  });
});

describe('fault-28: RetryBudget', () => {
  it('pays for a tenth of the first tries of the last minute, and for a few in any case', () => {
    const clock = new FakeClock();
    const budget = new RetryBudget(clock);
    const repeated = (firsts: number): number => {
      let spent = 0;
      for (let call = 0; call < firsts; call++) {
        budget.earn();
        if (budget.spend()) spent++;
      }
      return spent;
    };
    expect(repeated(20)).toBe(5);
    expect(repeated(980)).toBe(95);
    clock.advance(59_000);
    expect(repeated(100)).toBe(10);
    clock.advance(60_000);
    expect(repeated(1)).toBe(1);
  });

  it('does not save up: a quiet hour pays for no storm', () => {
    const clock = new FakeClock();
    const budget = new RetryBudget(clock);
    for (let call = 0; call < 10_000; call++) budget.earn();
    clock.advance(61_000);
    let repeated = 0;
    while (budget.spend()) repeated++;
    expect(repeated).toBe(5);
  });
});
