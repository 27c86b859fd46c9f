import { StringDecoder } from 'node:string_decoder';
import { UmbraError, type BulkPage } from '@umbra/domain';
import type { ExchangeAnswer } from '../http/exchange.ts';
import { safeLocator } from '../http/followed-path.ts';
import { csvLimits, readBody } from '../http/read-body.ts';
import { translateFailure } from '../translate-error.ts';
import { CsvReader, type CsvRow } from './csv-reader.ts';

/** A consumer that takes no batch for so long has gone away; the connection and its place in the queue are freed. */
const abandonedAfterMs = 10 * 60_000;

/** A result set under way. */
export interface ResultSet extends Omit<BulkPage, 'columns'> {
  /** From the header row; undefined when the set came without one. */
  readonly columns: readonly string[] | undefined;
  /** Settles when the body has ended or was given up. */
  readonly done: Promise<void>;
  /** Gives up a set that nobody is going to read. */
  readonly discard: () => void;
}

/**
 * A result set as it streams in. Nothing is read ahead of the consumer but one piece of the body, so memory does not
 * grow with the set. The set is whole only when `batches` ends without an error.
 * @throws UmbraError SF_RESPONSE_INVALID when the answer is no CSV or lacks its row count
 */
export async function readResultSet(answer: ExchangeAnswer): Promise<ResultSet> {
  const over = Promise.withResolvers<void>();
  const discard = (): void => {
    answer.body.destroy();
    over.resolve();
  };
  try {
    const { promised, next } = headOf(answer);
    const batches = rowsOf(answer, promised, over.resolve);
    // The first batch is the header row alone, or empty.
    const header = await batches.next();
    return {
      promised,
      next,
      columns: header.done === true ? undefined : header.value[0],
      batches,
      done: over.promise,
      discard,
    };
  } catch (error) {
    discard();
    throw error;
  }
}

function headOf(answer: ExchangeAnswer): { readonly promised: number; readonly next: string | null } {
  const count = answer.headers['sforce-numberofrecords'] ?? '';
  const contentType = answer.headers['content-type'] ?? '';
  if (!/^\d{1,12}$/.test(count) || !/^text\/csv\b/i.test(contentType))
    throw new UmbraError(
      'SF_RESPONSE_INVALID',
      'A Bulk result of Salesforce is no CSV or does not say how many rows it has',
      { details: { status: answer.status } },
    );
  // At the end of the chain the header holds the literal text `null`.
  const locator = answer.headers['sforce-locator'] ?? 'null';
  if (locator === '' || locator === 'null') return { promised: Number(count), next: null };
  safeLocator(locator);
  return { promised: Number(count), next: locator };
}

async function* rowsOf(
  answer: ExchangeAnswer,
  promised: number,
  onEnd: () => void,
): AsyncGenerator<readonly CsvRow[], void, void> {
  const watch = setTimeout(() => {
    answer.body.destroy(
      new UmbraError('SF_UNAVAILABLE', 'A Bulk result was not read on', { details: { cause: 'abandoned' } }),
    );
    onEnd();
  }, abandonedAfterMs).unref();
  try {
    yield* countedRows(csvRows(answer, watch), promised);
  } catch (cause) {
    throw translateFailure(cause, 'bulk-results');
  } finally {
    clearTimeout(watch);
    onEnd();
  }
}

/**
 * The header row first, alone, or an empty batch; then the rows of each piece of the body as one batch, counted against
 * the promise. A piece is 128 KiB, a few hundred rows: with batches of 1,000 rows the collector moved most of them to
 * the old generation, and the process took 100 MB more.
 */
async function* countedRows(
  parsed: AsyncIterable<CsvRow[]>,
  promised: number,
): AsyncGenerator<readonly CsvRow[], void, void> {
  let isStart = true;
  let received = 0;
  for await (const rows of parsed) {
    const [first] = rows;
    if (isStart) {
      isStart = false;
      yield first !== undefined && isHeader(first) ? rows.splice(0, 1) : [];
    }
    received += rows.length;
    if (received > promised) throw wrongCount(promised, received);
    if (rows.length > 0) yield rows;
  }
  if (received !== promised) throw wrongCount(promised, received);
}

/**
 * Whether every set repeats the header row is reported both ways. All our queries select `Id`, which no record has as
 * the value of a field while all its other values look like names, its own id included.
 */
function isHeader(row: CsvRow): boolean {
  return row.includes('Id') && row.every((cell) => /^[A-Za-z][A-Za-z0-9_.]*$/.test(cell));
}

async function* csvRows(answer: ExchangeAnswer, watch: NodeJS.Timeout): AsyncGenerator<CsvRow[], void, void> {
  const decoder = new StringDecoder('utf8');
  const reader = new CsvReader();
  let first = true;
  for await (const chunk of readBody(answer, csvLimits)) {
    watch.refresh();
    let text = decoder.write(chunk);
    // A byte order mark would become part of the first column's name, and NUL breaks what the rows go into.
    if (first && text.startsWith('\uFEFF')) text = text.slice(1);
    first = false;
    if (text.includes('\0')) text = text.replaceAll('\0', '');
    const rows = reader.push(text);
    if (rows.length > 0) yield rows;
  }
  const last = reader.push(decoder.end());
  if (last.length > 0) yield last;
  if (reader.unfinished)
    throw new UmbraError('SF_RESPONSE_INVALID', 'A Bulk result of Salesforce was cut within a row', {
      details: { problem: 'unfinished row' },
    });
}

function wrongCount(promised: number, received: number): UmbraError {
  return new UmbraError('SF_BULK_ROW_COUNT', `Salesforce promised ${promised} rows and sent ${received}`, {
    details: { promised, received },
  });
}
