import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { isUmbraError, UmbraError, type LoggedEvent } from '@umbra/domain';

/** Columns of a day's file, in order: every column of the table but the day itself. */
export const dayColumns = [
  'stream_id',
  'stream_seq',
  'epoch',
  'event_id',
  'replay_id',
  'schema_id',
  'payload',
  'fingerprint',
  'received_at',
  'decoded',
  'error',
] as const;

/** What the bytes of a file amount to. */
export interface DayContent {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly fingerprint: string;
}

/**
 * A day of the raw log as COPY writes it in its text format, compressed with Zstandard. People can read it without us:
 * `zstdcat 2026-11-20.copy.zst | psql -c '\copy … from stdin'`.
 * Source: PostgreSQL manual, COPY, "Text Format"; RFC 8878.
 */
export async function* compressed(copy: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = createZstdCompress();
  // Errors reach whoever iterates.
  pipeline(Readable.from(copy), stream, () => undefined);
  for await (const chunk of stream) yield chunk as Buffer;
}

/** Hands a file's bytes on and notes what they amount to. */
export class FileSum {
  bytes = 0;
  readonly #hash = createHash('sha256');

  async *passing(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      this.bytes += chunk.byteLength;
      this.#hash.update(chunk);
      yield chunk;
    }
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

/**
 * The events of a compressed file, in batches.
 * @throws UmbraError STORE_ARCHIVE_DAMAGED when the bytes are not what such a file holds
 */
export async function* eventsOf(
  day: string,
  content: AsyncIterable<Uint8Array>,
  batch = 500,
): AsyncGenerator<readonly (LoggedEvent & { readonly fingerprint: Uint8Array })[]> {
  let events: (LoggedEvent & { readonly fingerprint: Uint8Array })[] = [];
  for await (const line of linesOf(day, decompressed(day, content))) {
    events.push(eventOf(day, line));
    if (events.length < batch) continue;
    yield events;
    events = [];
  }
  if (events.length > 0) yield events;
}

/** What a file holds, from its bytes alone: the digests are worked out anew from schema and payload. */
export async function contentOf(day: string, content: AsyncIterable<Uint8Array>): Promise<DayContent> {
  const sum = new FileSum();
  const prints = new Fingerprints();
  let rows = 0;
  for await (const events of eventsOf(day, sum.passing(content))) {
    rows += events.length;
    for (const { payload, schemaId } of events)
      prints.add(createHash('sha256').update(schemaId).update(payload).digest());
  }
  return { rows, bytes: sum.bytes, sha256: sum.digest(), fingerprint: prints.text };
}

/** The first 64 bits of many digests, combined whatever their order. */
class Fingerprints {
  #bits = 0n;

  add(fingerprint: Buffer): void {
    this.#bits ^= fingerprint.readBigUInt64BE();
  }

  get text(): string {
    return this.#bits.toString(16).padStart(16, '0');
  }
}

async function* decompressed(day: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const stream = createZstdDecompress();
  let failure: unknown;
  const source = Readable.from(content).on('error', (error) => (failure = error));
  pipeline(source, stream, () => undefined);
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    throw isUmbraError(failure) ? failure : damaged(day, error);
  }
}

/** COPY's text format escapes line feeds, so a raw one always ends a row. */
async function* linesOf(day: string, content: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of content) {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, from)) {
      const line = chunk.subarray(from, at);
      yield (rest.length === 0 ? line : Buffer.concat([rest, line])).toString('utf8');
      rest = Buffer.alloc(0);
      from = at + 1;
    }
    if (from < chunk.length) rest = Buffer.concat([rest, chunk.subarray(from)]);
  }
  if (rest.length > 0) throw damaged(day);
}

function eventOf(day: string, line: string): LoggedEvent & { readonly fingerprint: Uint8Array } {
  const cells = line.split('\t');
  if (cells.length !== dayColumns.length) throw damaged(day);
  const at = (column: (typeof dayColumns)[number]): string => cells[dayColumns.indexOf(column)] ?? '';
  return {
    day,
    streamId: Number(at('stream_id')),
    streamSeq: BigInt(at('stream_seq')),
    epoch: Number(at('epoch')),
    schemaId: textOf(at('schema_id')),
    payload: bytesOf(at('payload')),
    fingerprint: bytesOf(at('fingerprint')),
  };
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function textOf(cell: string): string {
  return cell.includes('\\') ? cell.replaceAll(/\\(.)/g, (_, char: string) => escapes[char] ?? char) : cell;
}

/** `\\x0a1b`: the backslash of the hexadecimal form is escaped itself. */
function bytesOf(cell: string): Buffer {
  return Buffer.from(cell.slice(3), 'hex');
}

export function damaged(day: string, cause?: unknown): UmbraError {
  return new UmbraError('STORE_ARCHIVE_DAMAGED', 'a file of the archive is not what it should be', {
    ...(cause === undefined ? {} : { cause }),
    details: { day },
  });
}
