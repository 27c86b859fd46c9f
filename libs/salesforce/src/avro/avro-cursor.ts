const decoder = new TextDecoder('utf-8');

/** The bytes do not hold what the schema says. */
export class AvroMismatch extends Error {}

/**
 * Reads Avro primitives from a buffer. Every length is checked against what is left of it, so that absurd ones cost
 * nothing. Source: Avro specification, "Binary Encoding".
 */
export class AvroCursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new AvroMismatch('ends too early');
    return byte;
  }

  /** Zigzag varint up to 2^53 exactly: counts, lengths, branches, epoch milliseconds. */
  number(): number {
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
    let value = 0n;
    for (let read = 0; read < 10; read++) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << BigInt(read * 7);
      if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    }
    throw new AvroMismatch('varint too long');
  }

  string(): string {
    const length = this.#length();
    const text = length < 24 ? this.#shortText(length) : undefined;
    if (text !== undefined) return text;
    const slice = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return decoder.decode(slice);
  }

  /** Ids, enum-like values and origins are short ASCII: joining characters beats the decoder's set-up. */
  #shortText(length: number): string | undefined {
    let text = '';
    for (let i = 0; i < length; i++) {
      const byte = this.#bytes[this.#at + i] as number;
      if (byte > 0x7f) return undefined;
      text += String.fromCharCode(byte);
    }
    this.#at += length;
    return text;
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
