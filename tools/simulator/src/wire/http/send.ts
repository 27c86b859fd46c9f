import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip, gzip } from 'node:zlib';
import type { FaultAction } from '../../org/fault-table.ts';
import type { BodyChunk, Reply } from './reply.ts';

const gzipAsync = promisify(gzip);

/** Level 1: on two cores the client unpacks beside us, and bytes on a loopback cost nothing. */
const GZIP = { level: 1, memLevel: 9, chunkSize: 128 * 1024 };

/** Below this a compressed body is larger than the plain one. */
const MIN_GZIP_BYTES = 512;

export interface SendOptions {
  readonly acceptsGzip: boolean;
  /** HEAD: the head only. */
  readonly headOnly: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly fault: FaultAction | undefined;
}

/** Writes the answer. Returns the bytes of the body as sent. */
export async function send(response: ServerResponse, reply: Reply, options: SendOptions): Promise<number> {
  const { fault } = options;
  if (fault?.cutAfterBytes === 0 || fault?.dropAnswer === true) {
    response.destroy();
    return 0;
  }
  const chunks = bodyChunks(reply, fault?.limitDataBytes);
  const headers: Record<string, string> = { ...options.headers, ...reply.headers };
  if (chunks === undefined || options.headOnly) {
    response.writeHead(reply.status, headers);
    response.end();
    return 0;
  }
  headers['Content-Type'] ??= contentType(reply);
  const body = chunks instanceof Uint8Array ? await packed(chunks, headers, options.acceptsGzip) : chunks;
  if (fault?.cutAfterBytes !== undefined)
    return cut(response, reply.status, headers, body, fault.cutAfterBytes);
  if (body instanceof Uint8Array) {
    headers['Content-Length'] = String(body.length);
    response.writeHead(reply.status, headers);
    response.end(body);
    return body.length;
  }
  return stream(response, reply.status, headers, body, options.acceptsGzip);
}

function contentType(reply: Reply): string {
  if (reply.body.kind === 'json') return 'application/json;charset=UTF-8';
  return reply.body.kind === 'none' ? '' : reply.body.contentType;
}

type Chunks = Iterable<BodyChunk> | AsyncIterable<BodyChunk>;

/** The plain body: whole when it is known whole, else in chunks. Undefined without one. */
function bodyChunks(reply: Reply, limit: number | undefined): Uint8Array | Chunks | undefined {
  const { body } = reply;
  if (body.kind === 'none') return undefined;
  if (body.kind === 'stream') return limit === undefined ? body.chunks : limited(body.chunks, limit);
  const bytes = Buffer.from(body.kind === 'json' ? JSON.stringify(body.value) : body.text, 'utf8');
  return limit === undefined ? bytes : bytes.subarray(0, limit);
}

/** A short body that ends as cleanly as a whole one: only a count can tell. */
async function* limited(chunks: Chunks, limit: number): AsyncGenerator<BodyChunk> {
  let left = limit;
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk);
    yield bytes.subarray(0, left);
    left -= bytes.length;
    if (left <= 0) return;
  }
}

async function packed(
  bytes: Uint8Array,
  headers: Record<string, string>,
  acceptsGzip: boolean,
): Promise<Uint8Array> {
  if (!acceptsGzip || bytes.length < MIN_GZIP_BYTES) return bytes;
  headers['Content-Encoding'] = 'gzip';
  return gzipAsync(bytes, GZIP);
}

async function stream(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  chunks: Chunks,
  acceptsGzip: boolean,
): Promise<number> {
  const before = response.socket?.bytesWritten ?? 0;
  if (acceptsGzip) headers['Content-Encoding'] = 'gzip';
  response.writeHead(status, headers);
  const source = Readable.from(chunks, { objectMode: true, highWaterMark: 2 });
  if (acceptsGzip) await pipeline(source, createGzip(GZIP), response);
  else await pipeline(source, response);
  return (response.socket?.bytesWritten ?? before) - before;
}

/** Sends the head and so many bytes of the body, then resets the connection. */
async function cut(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: Uint8Array | Chunks,
  bytes: number,
): Promise<number> {
  if (body instanceof Uint8Array) headers['Content-Length'] = String(body.length);
  response.writeHead(status, headers);
  let left = bytes;
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    const part = Buffer.from(chunk).subarray(0, left);
    await new Promise<void>((resolve) => response.write(part, () => resolve()));
    left -= part.length;
    if (left <= 0) break;
  }
  response.destroy();
  return bytes - left;
}
