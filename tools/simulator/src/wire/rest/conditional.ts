import { apiError } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { empty, type Reply } from '../http/reply.ts';

/**
 * Conditional requests. HTTP dates have whole seconds and are held against the time of the last change: two changes
 * within a second look alike, so this guards against stale copies and is no compare-and-swap.
 */
export interface Validators {
  /** Org time of the last change, epoch milliseconds. */
  readonly changedAt: number;
  /** Only Account rows have one. */
  readonly etag?: string | undefined;
}

export function validatorHeaders({ changedAt, etag }: Validators): Record<string, string> {
  const modified = { 'Last-Modified': new Date(changedAt).toUTCString() };
  return etag === undefined ? modified : { ...modified, ETag: etag };
}

const seconds = (at: number): number => Math.floor(at / 1000);

function httpDate(exchange: Exchange, header: string, isStrict: boolean): number | undefined {
  const text = exchange.header(header);
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return seconds(at);
  if (isStrict) throw apiError(400, 'INVALID_HEADER', `Invalid value for header ${header}: ${text}`);
  return undefined;
}

const listsTag = (header: string | undefined, etag: string | undefined): boolean | undefined =>
  header === undefined || etag === undefined
    ? undefined
    : header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//u, '') === etag);

/** 304 or 412 for a read, undefined when it is to be answered in full. */
export function readPrecondition(exchange: Exchange, validators: Validators): Reply | undefined {
  if (isChanged(exchange, validators, false)) return empty(412);
  const isSame = listsTag(exchange.header('if-none-match'), validators.etag);
  const since = httpDate(exchange, 'if-modified-since', false);
  const isUnmodified = isSame ?? (since !== undefined && seconds(validators.changedAt) <= since);
  return isUnmodified ? empty(304, validatorHeaders(validators)) : undefined;
}

/** 412 for a write whose precondition does not hold. @throws ApiError 400 for an unreadable date */
export function writePrecondition(exchange: Exchange, validators: Validators): Reply | undefined {
  return isChanged(exchange, validators, true) ? empty(412) : undefined;
}

function isChanged(exchange: Exchange, validators: Validators, isStrict: boolean): boolean {
  if (listsTag(exchange.header('if-match'), validators.etag) === false) return true;
  const until = httpDate(exchange, 'if-unmodified-since', isStrict);
  return until !== undefined && seconds(validators.changedAt) > until;
}
