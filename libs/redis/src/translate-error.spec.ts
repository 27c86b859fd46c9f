import { describe, expect, it } from '@jest/globals';
import { UmbraError } from '@umbra/domain';
import { translateError } from './translate-error.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code} 10.0.0.1:6379`), { code });
}

describe('errors of Redis', () => {
  it.each([
    ['BUSY Redis is busy running a script.', 'QUEUE_UNAVAILABLE'],
    ['CLUSTERDOWN The cluster is down', 'QUEUE_UNAVAILABLE'],
    ['LOADING Redis is loading the dataset in memory', 'QUEUE_UNAVAILABLE'],
    ['MASTERDOWN Link with MASTER is down', 'QUEUE_UNAVAILABLE'],
    ['MISCONF Redis is configured to save RDB snapshots', 'QUEUE_UNAVAILABLE'],
    ['NOAUTH Authentication required.', 'QUEUE_CREDENTIALS_REFUSED'],
    ["NOPERM User app has no permissions to run the 'info' command", 'QUEUE_CREDENTIALS_REFUSED'],
    ['NOREPLICAS Not enough good replicas to write.', 'QUEUE_UNAVAILABLE'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'QUEUE_FULL'],
    ["READONLY You can't write against a read only replica.", 'QUEUE_UNAVAILABLE'],
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'QUEUE_UNAVAILABLE'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'QUEUE_CREDENTIALS_REFUSED'],
    ['ERR max number of clients reached', 'QUEUE_UNAVAILABLE'],
    [
      'ERR AUTH <password> called without any password configured for the default user',
      'QUEUE_CREDENTIALS_REFUSED',
    ],
    ['ERR invalid password', 'QUEUE_CREDENTIALS_REFUSED'],
    ['ERR unknown command', 'QUEUE_REJECTED'],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'QUEUE_REJECTED'],
    ['Command timed out', 'QUEUE_UNAVAILABLE'],
    ['Command aborted due to connection close', 'QUEUE_UNAVAILABLE'],
    ['Connection is closed.', 'QUEUE_UNAVAILABLE'],
    ['Reached the max retries per request limit (which is 0).', 'QUEUE_UNAVAILABLE'],
    ["Stream isn't writeable and enableOfflineQueue options is false", 'QUEUE_UNAVAILABLE'],
    ["Socket timeout. Expecting data, but didn't receive any in 1000ms.", 'QUEUE_UNAVAILABLE'],
    ['connect ETIMEDOUT', 'QUEUE_UNAVAILABLE'],
    ['Cannot read properties of undefined', 'QUEUE_REJECTED'],
  ])('%s', (message, code) => {
    expect(translateError(new Error(message)).code).toBe(code);
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'])(
    'system error %s means that nobody answers',
    (code) => {
      expect(translateError(systemError(code))).toMatchObject({
        code: 'QUEUE_UNAVAILABLE',
        details: { system: code },
      });
    },
  );

  it('a certificate that cannot be verified means the same', () => {
    expect(translateError(systemError('UNABLE_TO_VERIFY_LEAF_SIGNATURE')).code).toBe('QUEUE_UNAVAILABLE');
  });

  it('keeps the foreign error as the cause and its text out of the message', () => {
    const foreign = new Error('WRONGTYPE value of key secret');
    const translated = translateError(foreign);
    expect(translated.cause).toBe(foreign);
    expect(translated.message).not.toContain('secret');
  });

  it('lets our own errors pass', () => {
    const own = new UmbraError('READ_UNAVAILABLE', 'no');
    expect(translateError(own)).toBe(own);
  });
});
