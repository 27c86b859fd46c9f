/** Bare Avro, as much of it as change events need. Source: Apache Avro specification, "Binary Encoding". */
export class AvroWriter {
  readonly #parts: Buffer[] = [];

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  long(value: bigint | number): this {
    let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
    const bytes: number[] = [];
    for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.#parts.push(Buffer.from(bytes));
    return this;
  }

  string(text: string): this {
    const bytes = Buffer.from(text);
    this.long(bytes.length).#parts.push(bytes);
    return this;
  }

  strings(texts: readonly string[]): this {
    if (texts.length > 0) this.long(texts.length);
    for (const text of texts) this.string(text);
    return this.long(0);
  }

  double(value: number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.#parts.push(bytes);
    return this;
  }

  boolean(value: boolean): this {
    this.#parts.push(Buffer.from([value ? 1 : 0]));
    return this;
  }
}
