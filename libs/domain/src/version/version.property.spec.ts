import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventVersion, readStamp, readStampAtLeast } from './stamp.ts';
import {
  compareVersions,
  decodeVersion,
  encodeVersion,
  MAX_SEQUENCE,
  newestOf,
  NO_VERSION,
  parseVersion,
  type Version,
  type VersionParts,
} from './version.ts';

/** Around the places where a float, a sign bit or a digit more would change the order. */
const delicate = [0n, 1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 10n ** 18n, 2n ** 62n, 2n ** 63n - 1n];
const int8 = fc.oneof(
  fc.constantFrom(...delicate),
  fc
    .tuple(fc.constantFrom(...delicate), fc.bigInt(-3n, 3n))
    .map(([at, by]) => (at + by < 0n || at + by >= 2n ** 63n ? at : at + by)),
  fc.bigInt(0n, 2n ** 63n - 1n),
);
const int4 = fc.oneof(fc.constantFrom(0, 1, 9, 10, MAX_SEQUENCE - 1, MAX_SEQUENCE), fc.nat(MAX_SEQUENCE));
const parts: fc.Arbitrary<VersionParts> = fc.record({
  epoch: int4,
  commitNumber: int8,
  sequenceNumber: int4,
  rank: fc.constantFrom(0 as const, 1 as const),
  readSeq: int8,
});

function compareParts(a: VersionParts, b: VersionParts): number {
  for (const key of ['epoch', 'commitNumber', 'sequenceNumber', 'rank', 'readSeq'] as const) {
    if (a[key] !== b[key]) return a[key] < b[key] ? -1 : 1;
  }
  return 0;
}

describe('version', () => {
  it('orders texts as it orders tuples', () => {
    // A second tuple that shares a prefix with the first: independent draws would differ in the epoch already.
    const neighbour = fc
      .tuple(parts, parts, fc.nat(4))
      .map(([a, b, shared]): [VersionParts, VersionParts] => [
        a,
        {
          epoch: a.epoch,
          commitNumber: shared > 0 ? a.commitNumber : b.commitNumber,
          sequenceNumber: shared > 1 ? a.sequenceNumber : b.sequenceNumber,
          rank: shared > 2 ? a.rank : b.rank,
          readSeq: shared > 3 ? a.readSeq : b.readSeq,
        },
      ]);
    fc.assert(
      fc.property(fc.oneof(fc.tuple(parts, parts), neighbour), ([a, b]) => {
        const order = compareVersions(encodeVersion(a), encodeVersion(b));
        expect(order).toBe(compareParts(a, b));
        // The database compares bytes.
        expect(Math.sign(Buffer.compare(Buffer.from(encodeVersion(a)), Buffer.from(encodeVersion(b))))).toBe(
          order,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('comes back from its text unchanged', () => {
    fc.assert(
      fc.property(parts, (a) => {
        const text = encodeVersion(a);
        expect(text).toHaveLength(52);
        expect(decodeVersion(text)).toEqual(a);
        expect(parseVersion(text)).toBe(text);
      }),
    );
  });

  it('puts "none" below everything', () => {
    fc.assert(fc.property(parts, (a) => newestOf(NO_VERSION, encodeVersion(a)) === encodeVersion(a)));
    expect(compareVersions(NO_VERSION, NO_VERSION)).toBe(0);
  });

  it('refuses parts that the database could not hold, and texts that are no version', () => {
    const good: VersionParts = { epoch: 1, commitNumber: 1n, sequenceNumber: 1, rank: 0, readSeq: 0n };
    expect(() => encodeVersion({ ...good, commitNumber: 2n ** 63n })).toThrow(RangeError);
    expect(() => encodeVersion({ ...good, sequenceNumber: -1 })).toThrow(RangeError);
    expect(() => encodeVersion({ ...good, epoch: 1.5 })).toThrow(RangeError);
    expect(() => decodeVersion(NO_VERSION)).toThrow(RangeError);
    expect(() => decodeVersion('f'.repeat(52) as Version)).toThrow(RangeError);
    expect(() => parseVersion('12')).toThrow(RangeError);
    expect(parseVersion('')).toBe(NO_VERSION);
  });
});

describe('stamp of a read', () => {
  it('lies above every event of its commit and below the next commit', () => {
    fc.assert(
      fc.property(int4, fc.bigInt(0n, 2n ** 63n - 2n), int4, int8, (epoch, commit, sequence, readSeq) => {
        const stamp = readStamp(epoch, commit, readSeq);
        expect(stamp > eventVersion(epoch, commit, sequence)).toBe(true);
        expect(stamp < eventVersion(epoch, commit + 1n, 0)).toBe(true);
      }),
    );
  });

  it('is the bottom of the epoch when no position is known', () => {
    expect(readStamp(3, undefined, 7n) < eventVersion(3, 1n, 1)).toBe(true);
    expect(readStamp(3, undefined, 7n) > eventVersion(2, 2n ** 63n - 1n, 1)).toBe(true);
  });

  it('never lies below the gap that it answers', () => {
    fc.assert(
      fc.property(int4, int8, int4, int4, int8, int8, (epoch, gapAt, sequence, gapEpoch, position, seq) => {
        const gap = eventVersion(gapEpoch, gapAt, sequence);
        const stamp = readStampAtLeast(gap, epoch, position, seq);
        expect(stamp > gap).toBe(true);
        expect(stamp >= readStamp(epoch, position, seq) || gap > readStamp(epoch, position, seq)).toBe(true);
        expect(decodeVersion(stamp).readSeq).toBe(seq);
      }),
    );
  });
});
