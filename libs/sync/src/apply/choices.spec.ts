import { describe, expect, it } from '@jest/globals';
import { eventVersion, laneOf, type PendingChange } from '@umbra/domain';
import { recordId } from '@umbra/testing';
import { firstOfOldest, frontOf, only, without } from './choices.ts';

const lane = laneOf('Account', recordId('001', 1));
const [product = '', another = ''] = Array.from({ length: 1_000 }, (_, n) => recordId('01t', n)).filter(
  (id) => laneOf('Product2', id) === lane,
);
const account = recordId('001', 1);

/** As a look at one lane gives them: its streams take turns. */
const change = (streamId: number, seq: number, recordId: string, second = seq): PendingChange => ({
  streamId,
  streamSeq: BigInt(seq),
  object: streamId === 1 ? 'Product2' : 'Account',
  recordId,
  version: eventVersion(0, BigInt(seq), 1),
  changeType: 'UPDATE',
  committedAt: `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`,
  schemaId: '',
  payload: new Uint8Array(),
});
const [a1, p1, a2, p2, a3] = [
  change(2, 1, account),
  change(1, 1, product),
  change(2, 2, account),
  change(1, 2, another),
  change(2, 3, account),
];
const waiting = [a1, p1, a2, p2, a3];

describe('what a transaction takes', () => {
  it('without some records: nothing that stands behind them in their stream, all of the others', () => {
    expect(without(new Set([product]))(waiting)).toEqual([a1, a2, a3]);
    expect(without(new Set([another]))(waiting)).toEqual([a1, p1, a2, a3]);
  });

  it('finds a change to the front of its stream, though others are looked at before it', () => {
    expect(frontOf(waiting, new Set([product]))).toBe(p1);
    expect(frontOf(waiting, new Set([another]))).toBeUndefined();
    expect(only(p1)(waiting)).toEqual([p1]);
  });

  it('cuts down the stream that has waited longest, so that one that fails has its turn', () => {
    const late = change(1, 1, product, 0);
    expect(firstOfOldest(2)(waiting)).toEqual([a1, a2]);
    expect(firstOfOldest(2)([a1, late, a2, p2])).toEqual([late, p2]);
    expect(firstOfOldest(1)([])).toEqual([]);
  });
});
