import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evidenceOf } from './evidence.ts';
import { numbersRestarted } from './regression.ts';

const instant = fc.integer({ min: 0, max: 10_000_000 }).map((ms) => new Date(1_700_000_000_000 + ms));

describe('evidence of a stream', () => {
  it('never goes back, and never passes what the message shows', () => {
    fc.assert(
      fc.property(
        fc.option(instant),
        fc.option(instant),
        instant,
        fc.boolean(),
        fc.nat(3),
        (before, newest, arrivedAt, isKeepAlive, unsettled) => {
          const newestCommit = newest === null ? null : newest.toISOString();
          const after = evidenceOf(before, { newestCommit, arrivedAt, isKeepAlive, unsettled }, 10_000);
          if (before !== null) expect(after?.getTime()).toBeGreaterThanOrEqual(before.getTime());
          const shown = [before?.getTime(), newest?.getTime()].filter((at) => at !== undefined);
          if (isKeepAlive && unsettled === 0) shown.push(arrivedAt.getTime() - 10_000);
          expect(after === null ? [] : [after.getTime()]).toEqual(
            shown.length === 0 ? [] : [Math.max(...shown)],
          );
        },
      ),
    );
  });
});

describe('the sign of a new numbering', () => {
  const old = { commitNumber: 100n, commitTimestamp: '2026-03-01T10:00:00.000Z' };

  it('is a lower number together with a clearly later time', () => {
    expect(numbersRestarted({ commitNumber: 5n, commitTimestamp: '2026-03-01T10:01:01.000Z' }, old)).toBe(
      true,
    );
  });

  it.each([
    ['late', 99n, '2026-03-01T09:59:00.000Z'],
    ['of the same minute', 99n, '2026-03-01T10:01:00.000Z'],
    ['higher', 101n, '2026-03-02T10:00:00.000Z'],
    ['the very one', 100n, '2026-03-02T10:00:00.000Z'],
  ])('is not an event that is %s', (_what, commitNumber, commitTimestamp) => {
    expect(numbersRestarted({ commitNumber, commitTimestamp }, old)).toBe(false);
  });

  it('needs a position to compare with', () => {
    expect(
      numbersRestarted({ commitNumber: 1n, commitTimestamp: '2026-03-02T10:00:00.000Z' }, undefined),
    ).toBe(false);
  });
});
