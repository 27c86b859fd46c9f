/** The bytes do not hold what the schema says. */
export class AvroMismatch extends Error {}

/** One 64-bit number as a BigInt and as its two halves, in the order of this machine. */
const whole = new BigInt64Array(1);
const halves = new Int32Array(whole.buffer);
const LOW = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;

/**
 * Reads Avro primitives from a buffer. Every length is checked against what is left of it, so that absurd ones cost
 * nothing. Source: Avro specification, "Binary Encoding".
 */
export class AvroCursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new AvroMismatch('ends too early');
    return byte;
  }

  /** Takes a zero byte if that is what comes: the first branch of a union, an empty array. */
  skipZero(): boolean {
    if (this.#bytes[this.#at] !== 0) return false;
    this.#at++;
    return true;
  }

  /** Takes as many zero bytes as come, at most so many. @returns how many */
  skipZeros(most: number): number {
    const bytes = this.#bytes;
    const from = this.#at;
    const end = Math.min(bytes.length, from + most);
    let at = from;
    while (at < end && bytes[at] === 0) at++;
    this.#at = at;
    return at - from;
  }

  /** Zigzag varint up to 2^53 exactly: counts, lengths, branches, epoch milliseconds. */
  number(): number {
    const first = this.#bytes[this.#at];
    // Nearly all of them are one byte long.
    if (first !== undefined && first < 0x80) {
      this.#at++;
      return (first & 1) === 0 ? first >> 1 : -(first >> 1) - 1;
    }
    return this.#longNumber();
  }

  #longNumber(): number {
    let value = 0;
    let scale = 1;
    for (let read = 0; read < 10; read++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        const half = Math.floor(value / 2);
        const signed = value % 2 === 0 ? half : -half - 1;
        if (!Number.isSafeInteger(signed)) throw new AvroMismatch('number too large');
        return signed;
      }
      scale *= 128;
    }
    throw new AvroMismatch('varint too long');
  }

  /** Zigzag varint of 64 bits. */
  bigint(): bigint {
    // Arithmetic on BigInt is slow: the bits are put together as two halves of 32, and looked at as one BigInt.
    let [low, high] = [0, 0];
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte >= 0x80) continue;
      const sign = -(low & 1);
      halves[LOW] = ((low >>> 1) | (high << 31)) ^ sign;
      halves[1 - LOW] = (high >>> 1) ^ sign;
      return whole[0] ?? 0n;
    }
    throw new AvroMismatch('varint too long');
  }

  string(): string {
    const length = this.#length();
    const from = this.#at;
    this.#at += length;
    return this.#bytes.toString('utf8', from, this.#at);
  }

  /** The same ASCII string as last time, if the same bytes come again: object, origin and user hardly ever change. */
  stringLike(last: string): string {
    const { length } = last;
    const from = this.#at;
    // One byte for the length, and a byte for each character: longer and other texts are read as they are.
    if (length === 0 || length > 63 || this.#bytes[from] !== length << 1) return this.string();
    for (let i = 0; i < length; i++) {
      const code = last.charCodeAt(i);
      if (this.#bytes[from + 1 + i] !== code || code > 0x7f) return this.string();
    }
    this.#at += length + 1;
    return last;
  }

  #length(): number {
    const length = this.number();
    if (length < 0 || length > this.left) throw new AvroMismatch('length beyond the end');
    return length;
  }

  double(): number {
    if (this.left < 8) throw new AvroMismatch('ends too early');
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  boolean(): boolean {
    return this.#byte() === 1;
  }

  /** An array comes in blocks; each element takes a byte at least, which bounds the count. */
  strings(): string[] {
    const items: string[] = [];
    if (this.skipZero()) return items;
    for (;;) {
      let count = this.number();
      if (count === 0) return items;
      if (count < 0) {
        count = -count;
        this.number(); // size of the block in bytes, for readers that skip it
      }
      if (count > this.left) throw new AvroMismatch('count beyond the end');
      for (let i = 0; i < count; i++) items.push(this.string());
    }
  }
}
