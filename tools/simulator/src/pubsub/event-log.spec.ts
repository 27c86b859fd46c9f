import { afterEach, describe, expect, it } from '@jest/globals';
import { EventLog, type BusEvent } from './event-log.ts';

const event = (n: number, size: number): BusEvent => ({
  replay: 100 + n * 2,
  entity: n % 2 === 0 ? 'Account' : 'Product2',
  schemaId: `schema-${n % 3}`,
  at: 1000 + n,
  born: n,
  payload: Buffer.alloc(size, n),
  note: {
    eventId: `event-${n}`,
    recordIds: [`record-${n}`],
    changeType: 'UPDATE',
    commitNumber: '1778192987716501507',
    commitTimestamp: 1000,
    transactionKey: 'key',
    sequenceNumber: 1,
  },
});

describe('the log of events', () => {
  const log = new EventLog();
  afterEach(() => log.close());

  it('gives back every event, from memory or from the file, and finds places by number and age', () => {
    const size = 100_000;
    for (let n = 0; n < 800; n++) log.append(event(n, size));
    for (const n of [0, 1, 399, 798, 799]) expect(log.at(n)).toEqual(event(n, size));
    expect(log.at(800)).toBeUndefined();
    expect([log.length, log.entityAt(3), log.replayAt(3)]).toEqual([800, 'Product2', 106]);
    expect([log.firstFrom(0), log.firstFrom(106), log.firstFrom(107), log.firstFrom(9999)]).toEqual([
      0, 3, 4, 800,
    ]);
    expect(log.firstSince(500)).toBe(500);
    log.startAnew();
    expect([log.floor, log.firstFrom(0), log.firstSince(0)]).toEqual([800, 800, 800]);
    expect(log.at(5)).toEqual(event(5, size));
  });
});
