import type { SfValue } from '../../org/record.ts';
import type { FieldSchema } from '../../org/schema.ts';
import { widenId } from '../../org/ids.ts';
import { apiError } from '../http/api-error.ts';
import type { CompareOperator, Literal } from './ast.ts';
import { isIdLike, isNumeric } from './filterable.ts';
import { periodFrom } from './period.ts';

/**
 * Comparisons of one value with literals, as SOQL makes them: text without regard to case, ids exactly and by their
 * 18 characters, the empty literal equal to null, null unequal to everything else and never smaller or greater.
 */
export type ValueTest = (value: SfValue) => boolean;

export type ValueKind = 'id' | 'text' | 'boolean' | 'number' | 'date' | 'datetime' | 'time';

/** What is compared: a field, or an aggregate that yields its kind of value. */
export interface Subject {
  readonly name: string;
  readonly kind: ValueKind;
}

export function kindOf(field: FieldSchema): ValueKind {
  if (isIdLike(field)) return 'id';
  if (isNumeric(field)) return 'number';
  const { type } = field;
  return type === 'boolean' || type === 'date' || type === 'datetime' || type === 'time' ? type : 'text';
}

const typeNames: Readonly<Record<ValueKind, string>> = {
  id: 'ID',
  text: 'string',
  boolean: 'boolean',
  number: 'double',
  date: 'date',
  datetime: 'dateTime',
  time: 'time',
};

function wrongType(subject: Subject): Error {
  const quoted =
    subject.kind === 'text' || subject.kind === 'id'
      ? 'should be enclosed in quotes'
      : 'should not be enclosed in quotes';
  return apiError(
    400,
    'INVALID_FIELD',
    `value of filter criterion for field '${subject.name}' must be of type ${typeNames[subject.kind]} and ${quoted}`,
  );
}

/** The literal in the form in which the column holds its values, so that `===` and `<` decide. */
function operand(subject: Subject, literal: Literal): Exclude<SfValue, null> {
  switch (subject.kind) {
    case 'text':
      if (literal.kind === 'string') return literal.value.toLowerCase();
      break;
    case 'id':
      if (literal.kind === 'string') return idOperand(literal.value);
      break;
    case 'number':
    case 'boolean':
      if (literal.kind === subject.kind) return literal.value;
      break;
    case 'date':
      if (literal.kind === 'date') return literal.text;
      break;
    case 'datetime':
      if (literal.kind === 'datetime') return restDatetime(instant(literal.text));
      break;
    case 'time':
      if (literal.kind === 'string') return literal.value;
      break;
  }
  throw wrongType(subject);
}

function idOperand(id: string): string {
  const wide = widenId(id);
  if (wide === undefined) throw apiError(400, 'INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${id}`);
  return wide;
}

function instant(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw apiError(400, 'INVALID_FIELD', `Invalid date: ${text}`);
  return at;
}

const restDatetime = (at: number): string => new Date(at).toISOString().replace('Z', '+0000');

/** The stored form of a value, folded where SOQL ignores case. */
const fold = (subject: Subject): ((value: Exclude<SfValue, null>) => Exclude<SfValue, null>) =>
  subject.kind === 'text'
    ? (value) => (typeof value === 'string' ? value.toLowerCase() : value)
    : (value) => value;

export function compareTest(
  subject: Subject,
  operator: CompareOperator,
  literal: Literal,
  now: number,
): ValueTest {
  if (literal.kind === 'period') return periodTest(subject, operator, literal, now);
  if (literal.kind === 'null' || (literal.kind === 'string' && literal.value === '')) {
    if (operator === '=') return (value) => value === null;
    if (operator === '!=') return (value) => value !== null;
    return () => false;
  }
  if (subject.kind === 'id' && operator !== '=' && operator !== '!=')
    return idOrderTest(operator, literal, subject);
  const wanted = operand(subject, literal);
  const folded = fold(subject);
  if (subject.kind === 'boolean' && operator !== '=' && operator !== '!=')
    throw apiError(
      400,
      'INVALID_QUERY_FILTER_OPERATOR',
      `invalid operator on boolean field: ${subject.name}`,
    );
  switch (operator) {
    case '=':
      return (value) => value !== null && folded(value) === wanted;
    case '!=':
      return (value) => value === null || folded(value) !== wanted;
    case '<':
      return (value) => value !== null && folded(value) < wanted;
    case '<=':
      return (value) => value !== null && folded(value) <= wanted;
    case '>':
      return (value) => value !== null && folded(value) > wanted;
    case '>=':
      return (value) => value !== null && folded(value) >= wanted;
  }
}

/** Ids are ordered by their first 15 characters, byte by byte. */
function idOrderTest(operator: CompareOperator, literal: Literal, subject: Subject): ValueTest {
  if (literal.kind !== 'string') throw wrongType(subject);
  if (!/^(?:[0-9A-Za-z]{15}|[0-9A-Za-z]{18})$/u.test(literal.value)) idOperand(literal.value);
  const bound = literal.value.slice(0, 15);
  const test: Readonly<Record<string, (id: string) => boolean>> = {
    '<': (id) => id < bound,
    '<=': (id) => id <= bound,
    '>': (id) => id > bound,
    '>=': (id) => id >= bound,
  };
  const inOrder = test[operator];
  return (value) => typeof value === 'string' && inOrder !== undefined && inOrder(value.slice(0, 15));
}

function periodTest(
  subject: Subject,
  operator: CompareOperator,
  literal: Extract<Literal, { kind: 'period' }>,
  now: number,
): ValueTest {
  if (subject.kind !== 'date' && subject.kind !== 'datetime') throw wrongType(subject);
  const period = periodFrom(literal.name, literal.n, now);
  const text = (at: number): string =>
    subject.kind === 'date' ? new Date(at).toISOString().slice(0, 10) : restDatetime(at);
  const [from, to] = [text(period.from), text(period.to)];
  switch (operator) {
    case '=':
      return (value) => typeof value === 'string' && value >= from && value < to;
    case '!=':
      return (value) => typeof value !== 'string' || value < from || value >= to;
    case '<':
      return (value) => typeof value === 'string' && value < from;
    case '<=':
      return (value) => typeof value === 'string' && value < to;
    case '>':
      return (value) => typeof value === 'string' && value >= to;
    case '>=':
      return (value) => typeof value === 'string' && value >= from;
  }
}

export function inTest(subject: Subject, literals: readonly Literal[], now: number): ValueTest {
  const plain = new Set<SfValue>();
  const periods: ValueTest[] = [];
  for (const literal of literals) {
    if (literal.kind === 'period') periods.push(compareTest(subject, '=', literal, now));
    else if (literal.kind === 'null' || (literal.kind === 'string' && literal.value === '')) plain.add(null);
    else plain.add(operand(subject, literal));
  }
  const folded = fold(subject);
  const isIn: ValueTest = (value) => plain.has(value === null ? null : folded(value));
  return periods.length === 0 ? isIn : (value) => isIn(value) || periods.some((test) => test(value));
}

export function likeTest(subject: Subject, literal: Literal): ValueTest {
  if (subject.kind !== 'text')
    throw apiError(
      400,
      'INVALID_QUERY_FILTER_OPERATOR',
      `invalid operator on ${typeNames[subject.kind]} field: ${subject.name}`,
    );
  if (literal.kind !== 'string') throw wrongType(subject);
  const source = literal.value.replace(/\\[%_]|[%_]|[\\^$.*+?()[\]{}|/]/gu, (part) => {
    if (part === '%') return '[^]*';
    if (part === '_') return '[^]';
    return part.length === 2 ? part.slice(1) : `\\${part}`;
  });
  const pattern = new RegExp(`^${source}$`, 'iu');
  return (value) => typeof value === 'string' && pattern.test(value);
}

/** `INCLUDES ('A;B','C')`: both A and B chosen, or C. */
export function includesTest(subject: Subject, literals: readonly Literal[]): ValueTest {
  const choices = literals.map((literal) => {
    if (literal.kind !== 'string') throw wrongType(subject);
    return literal.value.toLowerCase().split(';');
  });
  return (value) => {
    if (typeof value !== 'string') return false;
    const chosen = new Set(value.toLowerCase().split(';'));
    return choices.some((all) => all.every((one) => chosen.has(one)));
  };
}
