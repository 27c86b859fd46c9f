import { describe, expect, it } from '@jest/globals';
import { envFileText, given } from './environment.ts';

describe('the environment', () => {
  it('knows unset from set to nothing', () => {
    expect(given({}, 'DATABASE_URL')).toBeUndefined();
    expect(given({ DATABASE_URL: 'postgresql://x' }, 'DATABASE_URL')).toBe('postgresql://x');
    expect(() => given({ DATABASE_URL: ' ' }, 'DATABASE_URL')).toThrow(
      expect.objectContaining({
        exitCode: 78,
        message: expect.stringContaining('DATABASE_URL is set but empty'),
      }),
    );
  });
});

describe('the env file', () => {
  it('has a line per variable, without quotes', () => {
    expect(envFileText({ BFF_PORT: '3000', SF_USERNAME: 'a b=c' })).toMatch(
      /^# .*\nBFF_PORT=3000\nSF_USERNAME=a b=c\n$/,
    );
  });

  it('cannot be made to hold a second variable by a value', () => {
    expect(() => envFileText({ SF_USERNAME: 'a\nAUTH_MODE=none' })).toThrow('SF_USERNAME');
  });
});
