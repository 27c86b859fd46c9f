import { describe, expect, it } from '@jest/globals';
import { eventVersion, type EventToStore } from '@umbra/domain';
import { placeOf, RecentEvents } from './recent-events.ts';

const MEBIBYTE = 1024 * 1024;
const version = eventVersion(0, 7n, 1);

function event(bytes: number): EventToStore {
  return {
    event: {
      eventId: 'e',
      schemaId: 's',
      payload: new Uint8Array(bytes),
      replayId: new Uint8Array(),
    },
    fingerprint: new Uint8Array(),
    changes: [
      {
        object: 'Account',
        recordId: '001000000000001AAA',
        version,
        changeType: 'UPDATE',
        committedAt: '2026-11-20T12:00:00.000Z',
      },
    ],
    error: null,
    day: '2026-11-20',
  };
}

describe('RecentEvents', () => {
  it('has what was stored, under its number and for its version alone', () => {
    const recent = new RecentEvents();
    recent.stored(3, 10n, [event(1), event(2)]);
    expect(recent.find(placeOf(3, '11'), version)?.payload).toHaveLength(2);
    expect(recent.find(placeOf(3, '12'), version)).toBeUndefined();
    expect(recent.find(placeOf(4, '11'), version)).toBeUndefined();
    expect(recent.find(placeOf(3, '11'), eventVersion(1, 7n, 1))).toBeUndefined();
  });

  it('keeps those who wait longest when it is full, and has room again once they are forgotten', () => {
    const recent = new RecentEvents();
    recent.stored(1, 1n, [event(20 * MEBIBYTE), event(20 * MEBIBYTE), event(10 * MEBIBYTE)]);
    const has = () => ['1', '2', '3'].filter((seq) => recent.find(placeOf(1, seq), version) !== undefined);
    expect(has()).toEqual(['1', '3']);
    recent.forget(placeOf(1, '1'));
    recent.forget(placeOf(1, '1'));
    recent.stored(1, 2n, [event(20 * MEBIBYTE)]);
    expect(has()).toEqual(['2', '3']);
  });
});
