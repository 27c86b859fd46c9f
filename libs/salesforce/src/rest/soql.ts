import {
  UmbraError,
  type Condition,
  type ConditionValue,
  type FieldDescribe,
  type ObjectDescribe,
  type SelectRequest,
} from '@umbra/domain';

/**
 * The one place where SOQL is written. Promise: whatever the values hold, the query asks what the caller meant. Names
 * are never written as they come: each must be a field that describe lists (its own spelling is used), and each value
 * is written by its type, which must suit the field's.
 *
 * There is deliberately no LIKE, no OR and no sub-query: nobody needs them, and what is not there cannot be injected.
 */
export interface NamedFields {
  /** Field of the object, or of a parent by its path (`Product2.StockKeepingUnit`). */
  field(name: string): FieldDescribe;
}

/** Longest query that the SOQL parser takes, in characters. Source: SOQL and SOSL Reference, limits. */
const longestQuery = 100_000;

type Select = Pick<SelectRequest, 'object' | 'fields' | 'where' | 'orderBy' | 'limit'>;

/** @throws UmbraError SF_QUERY_REJECTED naming the problem, never a value */
export function selectText(select: Select, describe: ObjectDescribe, names: NamedFields): string {
  if (select.fields.length === 0) throw rejected('no fields');
  const fields = select.fields.map((name) => canonicalName(name, leafField(name, names)));
  const order = (select.orderBy ?? []).map(({ field, direction }) => {
    return `${canonicalName(field, leafField(field, names))} ${direction === 'asc' ? 'ASC' : 'DESC'}`;
  });
  if (select.limit !== undefined && !(Number.isInteger(select.limit) && select.limit > 0))
    throw rejected('limit');
  return bounded(
    `SELECT ${fields.join(',')} FROM ${describe.name}${whereText(select.where, names)}` +
      (order.length === 0 ? '' : ` ORDER BY ${order.join(',')}`) +
      (select.limit === undefined ? '' : ` LIMIT ${select.limit}`),
  );
}

/** @throws UmbraError SF_QUERY_REJECTED */
export function countText(where: readonly Condition[], describe: ObjectDescribe, names: NamedFields): string {
  return bounded(`SELECT COUNT() FROM ${describe.name}${whereText(where, names)}`);
}

/** Number of records and newest `LastModifiedDate`, as `records` and `newest`. @throws UmbraError SF_QUERY_REJECTED */
export function digestText(
  where: readonly Condition[],
  describe: ObjectDescribe,
  names: NamedFields,
): string {
  const modified = canonicalName('LastModifiedDate', leafField('LastModifiedDate', names));
  return bounded(
    `SELECT COUNT(Id) records, MAX(${modified}) newest FROM ${describe.name}${whereText(where, names)}`,
  );
}

function bounded(soql: string): string {
  if (soql.length > longestQuery) throw rejected('longer than 100,000 characters');
  return soql;
}

function whereText(where: readonly Condition[], names: NamedFields): string {
  return where.length === 0
    ? ''
    : ` WHERE ${where.map((condition) => conditionText(condition, names)).join(' AND ')}`;
}

function conditionText(condition: Condition, names: NamedFields): string {
  const field = leafField(condition.field, names);
  const name = canonicalName(condition.field, field);
  if (condition.op !== 'in') {
    if (condition.value.type === 'null' && condition.op !== '=' && condition.op !== '!=')
      throw rejected('null compared by size', condition.field);
    return `${name} ${condition.op} ${valueText(condition.value, field)}`;
  }
  if (condition.values.length === 0) throw rejected('empty list', condition.field);
  return `${name} IN (${condition.values.map((value) => valueText(value, field)).join(',')})`;
}

/** Compounds have no value of their own, and base64 fields answer with a URL. */
function leafField(name: string, names: NamedFields): FieldDescribe {
  const field = names.field(name);
  if (field.type === 'address' || field.type === 'location') throw rejected('compound field', name);
  if (field.type === 'base64') throw rejected('base64 field', name);
  return field;
}

/** A path keeps its relationships, which `names` has resolved, and ends in describe's spelling. */
function canonicalName(asked: string, field: FieldDescribe): string {
  const dot = asked.lastIndexOf('.');
  return dot === -1 ? field.name : asked.slice(0, dot + 1) + field.name;
}

/** Which describe types a value type may be compared with. */
const suits: Readonly<Record<Exclude<ConditionValue['type'], 'null'>, (fieldType: string) => boolean>> = {
  id: (type) => type === 'id' || type === 'reference',
  datetime: (type) => type === 'datetime',
  decimal: (type) => ['int', 'long', 'double', 'currency', 'percent'].includes(type),
  boolean: (type) => type === 'boolean',
  text: (type) =>
    ![
      'id',
      'reference',
      'datetime',
      'date',
      'time',
      'int',
      'long',
      'double',
      'currency',
      'percent',
      'boolean',
    ].includes(type),
};

function valueText(value: ConditionValue, field: FieldDescribe): string {
  if (value.type === 'null') return 'null';
  if (!suits[value.type](field.type)) throw rejected(`${value.type} compared with ${field.type}`, field.name);
  switch (value.type) {
    case 'boolean':
      return value.value ? 'true' : 'false';
    case 'id':
      if (!/^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/.test(value.value)) throw rejected('no id', field.name);
      return `'${value.value}'`;
    case 'decimal':
      if (!/^-?\d{1,18}(?:\.\d{1,18})?$/.test(value.value)) throw rejected('no number', field.name);
      return value.value;
    case 'datetime':
      return instantText(value.value, field.name);
    case 'text':
      return textLiteral(value.value, field.name);
  }
}

function instantText(value: string, field: string): string {
  const at = Date.parse(value);
  if (Number.isNaN(at)) throw rejected('no instant', field);
  return new Date(at).toISOString();
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
};

/** What could end a literal or a line. The parser takes some of these raw; nothing depends on which. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const SPECIAL = /[\\'"\u0001-\u001f\u007f\u2028\u2029]/g;

/**
 * Quoted text. Control characters without a short escape are written `\uXXXX`, backspace too, as the documentation
 * calls `\b` a bell. NUL occurs in no value that we keep. Source: SOQL reference, Quoted String Escape Sequences.
 */
function textLiteral(value: string, field: string): string {
  if (value.includes('\u0000')) throw rejected('NUL', field);
  const escaped = value.replace(
    SPECIAL,
    (character) => escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `'${escaped}'`;
}

function rejected(problem: string, field?: string): UmbraError {
  return new UmbraError(
    'SF_QUERY_REJECTED',
    `The query cannot be asked: ${problem}${field ? ` (${field})` : ''}`,
    {
      details: { problem, ...(field === undefined ? {} : { field }) },
    },
  );
}
