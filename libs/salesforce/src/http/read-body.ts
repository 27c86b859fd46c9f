import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UmbraError } from '@umbra/domain';
import type { ExchangeAnswer } from './exchange.ts';

/** How large a body may be. Whatever exceeds a limit ends the connection at once, so memory stays flat. */
export interface BodyLimits {
  /** Bytes on the wire, declared or counted. */
  readonly packedBytes: number;
  readonly unpackedBytes: number;
}

const MiB = 1024 * 1024;

/** JSON: a page of 2,000 records with long texts stays below 20 MB; describe of a large org below 10 MB. */
export const jsonLimits: BodyLimits = { packedBytes: 64 * MiB, unpackedBytes: 64 * MiB };

/** What is read of an answer that is no success: enough for its error array. */
export const errorLimits: BodyLimits = { packedBytes: MiB, unpackedBytes: MiB };

/** CSV result sets are streamed, never held; Salesforce keeps them under 1 GB. */
export const csvLimits: BodyLimits = { packedBytes: 1024 * MiB, unpackedBytes: 4096 * MiB };

/**
 * Real CSV with empty columns packs about 30:1, level-9 gzip of one repeated row about 200:1, zeros above 1,000:1. Below
 * 16 MiB the ratio is not looked at.
 */
const largestRatio = 400;
const ratioFrom = 16 * MiB;

function invalid(problem: string, details: Readonly<Record<string, unknown>> = {}): UmbraError {
  return new UmbraError('SF_RESPONSE_INVALID', `An answer of Salesforce ${problem}`, { details });
}

/**
 * The unpacked body, piece by piece. Leaving the loop early ends the connection.
 * @throws UmbraError SF_RESPONSE_INVALID when a limit is exceeded, the encoding is unknown or gzip is damaged or cut
 */
export async function* readBody(
  answer: ExchangeAnswer,
  limits: BodyLimits,
): AsyncGenerator<Buffer, void, void> {
  const declared = Number(answer.headers['content-length'] ?? 0);
  if (declared > limits.packedBytes) {
    answer.body.destroy();
    throw invalid('declares more than it may have', { declaredBytes: declared });
  }
  const tally = { packed: 0 };
  const body = unpack(answer, counted(answer.body, limits.packedBytes, tally));
  let unpacked = 0;
  try {
    for await (const chunk of body) {
      unpacked += chunk.length;
      if (unpacked > limits.unpackedBytes)
        throw invalid('is larger than it may be', { unpackedBytes: unpacked });
      if (unpacked > ratioFrom && unpacked > tally.packed * largestRatio)
        throw invalid('unpacks to an implausible size', {
          packedBytes: tally.packed,
          unpackedBytes: unpacked,
        });
      yield chunk;
    }
  } catch (cause) {
    throw isZlibError(cause) ? invalid('is damaged or was cut (gzip)') : cause;
  } finally {
    answer.body.destroy();
  }
}

async function* counted(
  body: AsyncIterable<Buffer>,
  limit: number,
  tally: { packed: number },
): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of body) {
    tally.packed += chunk.length;
    if (tally.packed > limit) throw invalid('is larger than it may be', { packedBytes: tally.packed });
    yield chunk;
  }
}

function unpack(answer: ExchangeAnswer, packed: AsyncGenerator<Buffer, void, void>): AsyncIterable<Buffer> {
  switch (answer.headers['content-encoding']?.toLowerCase() ?? 'identity') {
    case 'identity':
      return packed;
    case 'gzip':
      // 128 KiB: fewer turns through the event loop than zlib's own 16 KiB, and small beside a batch of rows
      return pipeline(packed, createGunzip({ chunkSize: 128 * 1024 }), () => undefined);
    default:
      answer.body.destroy();
      throw invalid('has an encoding that was not asked for');
  }
}

function isZlibError(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.startsWith('Z_');
}

/** Longest time a body that is held in memory may take; Salesforce ends a call itself before ten minutes. */
const textWithinMs = 120_000;

/**
 * The whole body as text.
 * @throws UmbraError SF_RESPONSE_INVALID, or SF_UNAVAILABLE when it drips in for too long
 */
export async function readText(answer: ExchangeAnswer, limits: BodyLimits): Promise<string> {
  const late = setTimeout(() => {
    answer.body.destroy(
      new UmbraError('SF_UNAVAILABLE', 'An answer of Salesforce takes too long', {
        details: { cause: 'slow body' },
      }),
    );
  }, textWithinMs);
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of readBody(answer, limits)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    clearTimeout(late);
  }
}
