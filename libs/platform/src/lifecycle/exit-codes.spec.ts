import { describe, expect, it } from '@jest/globals';
import { errorCatalogue, UmbraError, type ErrorCode } from '@umbra/domain';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { failureText } from './failure-text.ts';

describe('exitCodeOf', () => {
  it('agrees with the exit code that the meaning of a code promises', () => {
    for (const [code, { meaning }] of Object.entries(errorCatalogue)) {
      const promised = /\(exit code (\d+)\)/.exec(meaning)?.[1];
      if (promised !== undefined)
        expect([code, exitCodeOf(new UmbraError(code as ErrorCode, ''))]).toEqual([code, Number(promised)]);
    }
  });

  it('falls back to the kind, and to 1 for what is not ours', () => {
    expect(exitCodeOf(new UmbraError('STORE_UNAVAILABLE', ''))).toBe(exitCodes.unavailable);
    expect(exitCodeOf(new UmbraError('SF_DAILY_LIMIT', ''))).toBe(exitCodes.unavailable);
    expect(exitCodeOf(new UmbraError('INPUT_INVALID', ''))).toBe(exitCodes.usage);
    expect(exitCodeOf(new UmbraError('SYNC_BUSY', ''))).toBe(exitCodes.interrupted);
    expect(exitCodeOf(new UmbraError('STORE_REJECTED', ''))).toBe(exitCodes.failed);
    expect(exitCodeOf(new Error('x'))).toBe(exitCodes.failed);
  });
});

describe('failureText', () => {
  it('prints message, code and every problem', () => {
    const error = new UmbraError('INPUT_CONFIGURATION', 'The configuration cannot be used', {
      problems: ['BFF_PORT needs a whole number', 'REDIS_URL is not set'],
    });
    expect(failureText(error)).toBe(
      'The configuration cannot be used [INPUT_CONFIGURATION]\n  - BFF_PORT needs a whole number\n  - REDIS_URL is not set',
    );
  });

  it('says what to do when there is no list', () => {
    expect(failureText(new UmbraError('STORE_UNAVAILABLE', 'PostgreSQL does not answer'))).toContain(
      errorCatalogue.STORE_UNAVAILABLE.meaning,
    );
  });

  it('does not repeat the words of a foreign error', () => {
    expect(failureText(new TypeError('canary'))).not.toContain('canary');
  });
});
