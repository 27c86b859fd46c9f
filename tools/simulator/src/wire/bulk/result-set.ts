import type { Org } from '../../org/org.ts';
import { apiError } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import type { BodyChunk, Reply } from '../http/reply.ts';
import { majorVersion } from '../rest/data-route.ts';
import { delimiterOf, lineEndOf } from './csv-format.ts';
import type { QueryJob } from './query-job.ts';

/** SELECT order since v50; before, results came with their columns in alphabetical order. */
const SELECT_ORDER_SINCE = 50;
/** Some milliseconds of rendering per chunk: other requests get their turn in between. */
const CHUNK_ROWS = 500;

/** A locator is the base64 of a row offset, without padding. Opaque to clients, valid as long as the job. */
export const locatorOf = (offset: number): string =>
  Buffer.from(String(offset)).toString('base64').replace(/=+$/u, '');

export function offsetOf(locator: string | null, rows: Uint32Array): number {
  if (locator === null || locator === '') return 0;
  const text = Buffer.from(locator, 'base64').toString('latin1');
  const offset = /^\d{1,10}$/u.test(text) ? Number(text) : NaN;
  if (!(offset < rows.length) || locatorOf(offset) !== locator)
    throw apiError(400, 'INVALID_LOCATOR', `The locator '${locator}' is not valid for this job`);
  return offset;
}

/** Rows of one set: what was asked for, under the server's own cap. */
export function setSize(exchange: Exchange, org: Org, rows: Uint32Array): number {
  const text = exchange.query.get('maxRecords');
  const wish = text === null ? Infinity : Number(text);
  if (text !== null && !(/^\d+$/u.test(text) && wish > 0))
    throw apiError(400, 'INVALID_PARAMETER', `maxRecords must be a positive number, not '${text}'`);
  const cap = org.knobs.maxResultRows > 0 ? org.knobs.maxResultRows : Infinity;
  return Math.min(wish, cap, Math.max(1, rows.length));
}

/** The rows of a complete job, for its own API version. @throws ApiError 409, 400 */
export function completeRows(job: QueryJob, exchange: Exchange): Uint32Array {
  if (job.apiVersion !== exchange.apiVersion)
    throw apiError(
      409,
      'API_ERROR',
      `The API version of the request must be ${job.apiVersion}, the version of the job`,
    );
  if (job.rows === undefined)
    throw apiError(400, 'INVALIDJOBSTATE', `Results are not available, the job is in the state ${job.state}`);
  return job.rows;
}

export function resultSet(job: QueryJob, exchange: Exchange, org: Org): Reply {
  if (!job.isTerminal && org.knobs.resultsBeforeComplete === 204)
    return { status: 204, body: { kind: 'none' } };
  const rows = completeRows(job, exchange);
  const locator = exchange.query.get('locator');
  const start = offsetOf(locator, rows);
  const end = Math.min(rows.length, start + setSize(exchange, org, rows));
  return {
    status: 200,
    headers: {
      'Sforce-Locator': nextLocator(job, org, start, end, rows),
      'Sforce-NumberOfRecords': String(end - start),
    },
    body: { kind: 'stream', contentType: 'text/csv; charset=UTF-8', chunks: csv(job, org, rows, start, end) },
  };
}

function nextLocator(job: QueryJob, org: Org, start: number, end: number, rows: Uint32Array): string {
  if (org.knobs.locatorTwice && !job.hasRepeatedLocator && start > 0) {
    job.hasRepeatedLocator = true;
    return locatorOf(start);
  }
  return end < rows.length ? locatorOf(end) : 'null';
}

function* csv(
  job: QueryJob,
  org: Org,
  rows: Uint32Array,
  start: number,
  end: number,
): Generator<BodyChunk, void> {
  const { statement, operation, format } = job.request;
  const names = statement.shape.kind === 'rows' ? statement.shape.columns.map(({ path }) => path) : [];
  const columns = majorVersion(job.apiVersion) < SELECT_ORDER_SINCE ? names.sort() : names;
  const [delimiter, lineEnding] = [delimiterOf(format), lineEndOf(format)];
  if (start === 0 || org.knobs.csvHeaderEveryPage)
    yield columns.map((name) => `"${name}"`).join(delimiter) + lineEnding;
  const ordinals = rows.subarray(start, Math.max(start, end - org.knobs.shortPage));
  const request = {
    columns,
    ordinals,
    all: operation === 'queryAll',
    delimiter,
    lineEnding,
    chunkRows: CHUNK_ROWS,
  };
  for (const { text } of job.snapshot.table(statement.object.name).csv(request)) yield text;
}
