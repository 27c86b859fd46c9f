import { Big } from 'big.js';
import { widenRecordId } from './record-id.ts';

/** One scalar in canonical form. Decimals and instants are text; null means "no value". */
export type LeafValue = string | number | boolean | null;

/** Leaf name → value. A leaf that is listed by the schema revision and absent here is null. */
export type Leaves = Readonly<Record<string, LeafValue>>;

/** How a leaf's value is written, derived from the describe type. */
export type LeafType = 'text' | 'id' | 'decimal' | 'integer' | 'boolean' | 'date' | 'datetime' | 'time';

const byDescribeType: Readonly<Record<string, LeafType>> = {
  id: 'id',
  reference: 'id',
  boolean: 'boolean',
  int: 'integer',
  double: 'decimal',
  currency: 'decimal',
  percent: 'decimal',
  date: 'date',
  datetime: 'datetime',
  time: 'time',
};

export function leafTypeOf(describeType: string): LeafType {
  return byDescribeType[describeType] ?? 'text';
}

/**
 * `149.50`, `149.5` and `1.495e2` are one value: the shortest plain decimal text.
 * @throws RangeError when the value is no number
 */
export function canonicalDecimal(value: string | number): string {
  if (typeof value === 'number' && Number.isFinite(value)) {
    const text = String(value);
    // The shortest text that is read as this number is the canonical one, unless it has an exponent.
    if (!text.includes('e')) return text;
  }
  let decimal: Big;
  try {
    decimal = new Big(value);
  } catch (cause) {
    throw new RangeError('value is no decimal', { cause });
  }
  return decimal.eq(0) ? '0' : decimal.toFixed();
}

const INTEGER = /^-?\d+(\.0+)?$/;

function canonicalInteger(value: string | number | boolean): number {
  const integer = typeof value === 'number' || INTEGER.test(String(value)) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(integer)) throw new RangeError('value is no integer');
  return integer === 0 ? 0 : integer;
}

function canonicalBoolean(value: string | number | boolean): boolean {
  if (typeof value === 'boolean') return value;
  const text = String(value).toLowerCase();
  if (text !== 'true' && text !== 'false') throw new RangeError('value is no boolean');
  return text === 'true';
}

const DAY_MS = 86_400_000;
/** The day of the last instant, from 0:00 on, with its text: what happens now happens on one day. */
let day = { from: Number.NaN, text: '' };

/** The last instant written: a commit's time stands in its header and in its fields, and many share one second. */
let instant = { ms: Number.NaN, text: '' };

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

/** @param ms epoch milliseconds */
function instantOf(ms: number): string {
  const within = Math.trunc(ms) - day.from;
  if (!(within >= 0 && within < DAY_MS)) {
    const text = new Date(ms).toISOString();
    const from = Math.floor(ms / DAY_MS) * DAY_MS;
    // Years beyond four digits are written in another form.
    if (text.length === 24) day = { from, text: text.slice(0, 11) };
    return text;
  }
  const seconds = Math.floor(within / 1_000);
  const milliseconds = within - seconds * 1_000;
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const fraction = milliseconds < 100 ? `0${two(milliseconds)}` : String(milliseconds);
  return `${day.text}${two(hours)}:${two(minutes - hours * 60)}:${two(seconds - minutes * 60)}.${fraction}Z`;
}

/** ISO 8601 UTC with milliseconds, from text in any of Salesforce's forms or from epoch milliseconds. */
export function canonicalInstant(value: string | number): string {
  if (typeof value === 'number') {
    if (value !== instant.ms) instant = { ms: value, text: instantOf(value) };
    return instant.text;
  }
  return new Date(value.replace(/([+-]\d{2})(\d{2})$/, '$1:$2')).toISOString();
}

const NUL = String.fromCharCode(0);

/**
 * The one form in which a value is stored, whatever channel it came by: CSV text, REST JSON or Avro.
 * Empty text is null. NUL characters are removed, and halves of surrogate pairs replaced by U+FFFD, since PostgreSQL
 * cannot store them.
 * @throws RangeError when the value cannot be read as its type
 */
export function canonicalLeaf(
  type: LeafType,
  value: string | number | boolean | null | undefined,
): LeafValue {
  if (value === null || value === undefined || value === '') return null;
  switch (type) {
    case 'boolean':
      return canonicalBoolean(value);
    case 'integer':
      return canonicalInteger(value);
    case 'decimal':
      return canonicalDecimal(value as string | number);
    case 'datetime':
      return canonicalInstant(value as string | number);
    case 'date':
      return typeof value === 'number'
        ? new Date(value).toISOString().slice(0, 10)
        : String(value).slice(0, 10);
    case 'time':
      return typeof value === 'number' ? new Date(value).toISOString().slice(11) : String(value);
    case 'id':
      return widenRecordId(String(value)) ?? String(value);
    case 'text': {
      const text = String(value);
      const clean = text.includes(NUL) ? text.replaceAll(NUL, '') : text;
      // Half a surrogate pair is no text to PostgreSQL: one such value would fail the whole batch that it is in.
      return clean === '' ? null : clean.toWellFormed();
    }
  }
}
