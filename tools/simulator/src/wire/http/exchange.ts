import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { apiError } from './api-error.ts';
import type { Session } from '../oauth/session-store.ts';

const gunzipAsync = promisify(gunzip);

/** Salesforce takes request bodies up to 50 MB on these routes. */
const MAX_BODY_BYTES = 50 * 1024 * 1024;

/** One request, as routes see it. */
export class Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Values of the route's `:names`, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Absent on routes that need none. */
  readonly session: Session | undefined;
  /** `client` of Sforce-Call-Options: becomes the origin of changes. */
  readonly client: string | undefined;
  private readonly message: IncomingMessage;

  constructor(
    message: IncomingMessage,
    url: URL,
    params: Readonly<Record<string, string>>,
    session: Session | undefined,
  ) {
    this.message = message;
    this.method = message.method ?? 'GET';
    this.path = url.pathname;
    this.query = url.searchParams;
    this.params = params;
    this.session = session;
    this.client = callOption(message, 'client');
  }

  header(name: string): string | undefined {
    const value = this.message.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(',') : value;
  }

  param(name: string): string {
    return this.params[name] ?? '';
  }

  /** `62.0`, from the path. */
  get apiVersion(): string {
    return this.param('version').replace(/^v/u, '');
  }

  async text(): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.message as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) throw apiError(413, 'REQUEST_TOO_LARGE', 'The request body is too large');
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks);
    if (this.header('content-encoding') !== 'gzip') return body.toString('utf8');
    try {
      return (await gunzipAsync(body, { maxOutputLength: MAX_BODY_BYTES })).toString('utf8');
    } catch {
      throw apiError(400, 'UNKNOWN_EXCEPTION', 'The request body is not valid gzip');
    }
  }

  async form(): Promise<URLSearchParams> {
    return new URLSearchParams(await this.text());
  }

  /** The body as a JSON object. @throws ApiError 400 `JSON_PARSER_ERROR`, 415 for another media type */
  async json(): Promise<Record<string, unknown>> {
    const type = this.header('content-type');
    if (type !== undefined && !/^application\/json\b/iu.test(type))
      throw apiError(415, 'UNSUPPORTED_MEDIA_TYPE', `Content-type: '${type}' is not supported.`);
    const text = await this.text();
    if (text.trim() === '')
      throw apiError(
        400,
        'JSON_PARSER_ERROR',
        'The HTTP entity body is required, but this request has no entity body.',
      );
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw apiError(400, 'JSON_PARSER_ERROR', error instanceof Error ? error.message : 'Malformed JSON');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw apiError(
        400,
        'JSON_PARSER_ERROR',
        'Cannot deserialize the request body: a JSON object was expected',
      );
    return value as Record<string, unknown>;
  }
}

export function callOption(message: IncomingMessage, name: string): string | undefined {
  const header = message.headers['sforce-call-options'];
  const options = Array.isArray(header) ? header.join(',') : header;
  const pair = options
    ?.split(',')
    .map((option) => option.trim())
    .find((option) => option.toLowerCase().startsWith(`${name}=`));
  const value = pair?.slice(name.length + 1).trim();
  return value === '' ? undefined : value;
}
