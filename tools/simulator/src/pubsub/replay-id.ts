/** Replay ids are opaque to clients. Here as seen on the wire: 8 bytes big-endian, and two zero bytes behind them. */
export function encodeReplayId(replay: number, bytes: 10 | 8): Buffer {
  const id = Buffer.alloc(bytes);
  id.writeBigUInt64BE(BigInt(replay));
  return id;
}

/** @returns undefined when the bytes are no replay id of any form */
export function decodeReplayId(id: Uint8Array): number | undefined {
  if (id.length !== 8 && id.length !== 10) return undefined;
  const bytes = Buffer.from(id.buffer, id.byteOffset, id.byteLength);
  if (id.length === 10 && bytes.readUInt16BE(8) !== 0) return undefined;
  const value = bytes.readBigUInt64BE();
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value);
}
