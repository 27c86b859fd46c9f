import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AvroCursor, AvroMismatch } from './avro-cursor.ts';

/** Zigzag varint as the specification writes it down, in plain BigInt arithmetic. */
function encoded(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

describe('AvroCursor', () => {
  it.each([
    0n,
    -1n,
    63n,
    -64n,
    64n,
    2n ** 27n,
    2n ** 31n,
    2n ** 34n,
    2n ** 53n,
    2n ** 63n - 1n,
    -(2n ** 63n),
  ])('reads the number %s', (value) => {
    expect(new AvroCursor(encoded(value)).bigint()).toBe(value);
  });

  it('reads every number of 64 bits, and stops behind it', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const cursor = new AvroCursor(Buffer.concat([encoded(value), Buffer.from([7])]));
        expect(cursor.bigint()).toBe(value);
        expect(cursor.left).toBe(1);
      }),
    );
  });

  it.each([
    ['that never ends', Buffer.alloc(11, 0x80)],
    ['that ends too early', Buffer.from([0x80, 0x80])],
  ])('refuses a number %s', (_, bytes) => {
    expect(() => new AvroCursor(bytes).bigint()).toThrow(AvroMismatch);
  });

  it('takes zero bytes as far as they go, the end of the bytes and the number allowed', () => {
    const cursor = new AvroCursor(Buffer.from([0, 0, 0, 5, 0, 0]));
    expect([cursor.skipZeros(2), cursor.skipZeros(9), cursor.skipZeros(9)]).toEqual([2, 1, 0]);
    expect(cursor.number()).toBe(-3);
    expect(cursor.skipZeros(9)).toBe(2);
    expect(cursor.left).toBe(0);
  });
});
