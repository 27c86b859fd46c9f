import { describe, expect, it } from '@jest/globals';
import { UmbraError, type ErrorCode } from '@umbra/domain';
import { jobOutcome, type JobOutcome } from './job-outcome.ts';

const now = new Date('2026-05-01T00:00:00Z');
const retry: JobOutcome = { kind: 'retry' };

describe('what becomes of a failed job', () => {
  it.each<[ErrorCode, number, JobOutcome]>([
    ['INPUT_INVALID', 0, { kind: 'stop', alarm: false }],
    ['SF_NOT_FOUND', 0, { kind: 'stop', alarm: false }],
    ['STORE_CONFLICT', 3, retry],
    ['SYNC_BUSY', 0, retry],
    ['SF_UNAVAILABLE', 3, retry],
    ['SF_CREDENTIALS_REFUSED', 0, retry],
    ['SF_CREDENTIALS_REFUSED', 1, { kind: 'stop', alarm: true }],
    ['STORE_REJECTED', 0, { kind: 'stop', alarm: true }],
    ['SF_DAILY_LIMIT', 0, { kind: 'delay', until: new Date('2026-05-01T00:01:00Z') }],
  ])('%s after %i failed attempts', (code, attemptsMade, outcome) => {
    expect(jobOutcome(new UmbraError(code, 'x'), attemptsMade, now)).toEqual(outcome);
  });

  it('a limit with a known end is waited for until then', () => {
    const retryAt = new Date('2026-05-02T00:00:00Z');
    expect(jobOutcome(new UmbraError('SF_DAILY_LIMIT', 'x', { retryAt }), 5, now)).toEqual({
      kind: 'delay',
      until: retryAt,
    });
  });

  it('what nobody foresaw is tried again, as often as the job allows', () => {
    expect(jobOutcome(new TypeError('x'), 0, now)).toEqual(retry);
  });
});
