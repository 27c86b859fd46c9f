import {
  parseQuery,
  type FieldType,
  type GroupByClause,
  type OrderByClause,
  type Query,
} from '@jetstreamapp/soql-parser-js';
import { apiError, malformedQuery } from '../http/api-error.ts';
import type { Operand, OrderKey, SelectItem, SoqlQuery } from './ast.ts';
import { expressionFrom, functionCall } from './expression.ts';
import { at } from './position.ts';

/** Salesforce refuses longer statements outright. */
export const MAX_SOQL_LENGTH = 100_000;

/** 2,000 rows, Salesforce's cap for OFFSET. */
export const MAX_OFFSET = 2_000;

/**
 * Parses a statement of the supported subset.
 * @throws ApiError 400 `MALFORMED_QUERY` (or `NUMBER_OUTSIDE_VALID_RANGE`) with Salesforce's wording
 */
export function parseSoql(text: string): SoqlQuery {
  if (text.trim() === '') throw malformedQuery('A query string has to be specified');
  if (text.length > MAX_SOQL_LENGTH)
    throw malformedQuery(`SOQL statements cannot be longer than ${MAX_SOQL_LENGTH} characters.`);
  return fromParsed(parsed(text), text);
}

function parsed(text: string): Query {
  const folded = singleSpaced(text);
  if (TRIPLE_NOT.test(folded.replace(LITERAL, "''")))
    throw apiError(501, 'NOT_IMPLEMENTED', 'The simulator does not implement three NOT in a row in SOQL.');
  try {
    return parseQuery(folded);
  } catch (error) {
    if (error instanceof RangeError)
      throw apiError(
        400,
        'QUERY_TOO_COMPLICATED',
        'Query is either selecting too many fields or the filter conditions are too complicated.',
      );
    throw malformedQuery(at(text, ...complaint(error instanceof Error ? error.message : String(error))));
  }
}

const LITERAL = /'(?:[^'\\]|\\.)*'/gsu;

/** The library loses the third of three negations that follow each other: better refused than answered wrongly. */
const TRIPLE_NOT = /(?:\bNOT\b[\s(]*){3}/iu;

/** The library knows `ORDER BY` with one blank only, so runs of white space outside literals are folded. */
function singleSpaced(text: string): string {
  return text.replace(/'(?:[^'\\]|\\.)*'|\s+/gsu, (part) => (part.startsWith("'") ? part : ' ')).trim();
}

/** The offending token and Salesforce's sentence about it, read from the parser library's message. */
function complaint(message: string): [token: string, detail: string] {
  const unexpected = /unexpected character: ->(.)<-/su.exec(message)?.[1];
  if (unexpected !== undefined)
    return [unexpected, `line 1:1 no viable alternative at character '${unexpected}'`];
  const found = /found:?\s+(?:-->\s*)?'?(.*?)'?(?:\s*<--)?$/su.exec(message)?.[1] ?? '';
  return found === '' ? ['', "unexpected token: '<EOF>'"] : [found, `unexpected token: '${found}'`];
}

function fromParsed(query: Query, text: string): SoqlQuery {
  if (query.sObject === undefined || query.fields === undefined)
    throw malformedQuery("unexpected token: '<EOF>'");
  refuseUnsupported(query);
  if ((query.offset ?? 0) > MAX_OFFSET)
    throw apiError(400, 'NUMBER_OUTSIDE_VALID_RANGE', `Maximum SOQL offset allowed is ${MAX_OFFSET}`);
  const subquery = (inner: Query): SoqlQuery => fromParsed(inner, text);
  return {
    text,
    object: query.sObject,
    select: query.fields.map(selectItem),
    groupBy: list(query.groupBy).map(groupKey),
    orderBy: list(query.orderBy).map(orderKey),
    ...(query.sObjectAlias === undefined ? {} : { alias: query.sObjectAlias }),
    ...(query.where === undefined ? {} : { where: expressionFrom(query.where, subquery) }),
    ...(query.having === undefined ? {} : { having: expressionFrom(query.having, subquery) }),
    ...(query.limit === undefined ? {} : { limit: query.limit }),
    ...(query.offset === undefined ? {} : { offset: query.offset }),
  };
}

function refuseUnsupported(query: Query): void {
  const clauses: [string, unknown][] = [
    ['USING SCOPE', query.usingScope],
    ['WITH DATA CATEGORY', query.withDataCategory],
    ['FOR', query.for],
    ['UPDATE', query.update],
  ];
  const clause = clauses.find(([, present]) => present !== undefined)?.[0];
  if (clause !== undefined)
    throw apiError(501, 'NOT_IMPLEMENTED', `The simulator does not implement ${clause} in SOQL.`);
}

const list = <T>(value: T | T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

function selectItem(field: FieldType): SelectItem {
  const alias = 'alias' in field && field.alias !== undefined ? { alias: field.alias } : {};
  switch (field.type) {
    case 'Field':
      return { kind: 'path', path: 'rawValue' in field ? field.rawValue : field.field, ...alias };
    case 'FieldRelationship':
      return {
        kind: 'path',
        path: field.rawValue ?? [...field.relationships, field.field].join('.'),
        ...alias,
      };
    case 'FieldFunctionExpression': {
      const fn = functionCall(field);
      if (fn.name === 'FIELDS') {
        const group = fn.path?.toUpperCase();
        if (group === 'ALL' || group === 'STANDARD' || group === 'CUSTOM') return { kind: 'fields', group };
        throw malformedQuery(`unexpected token: '${fn.path ?? ')'}'`);
      }
      return { ...fn, ...alias };
    }
    case 'FieldSubquery':
    case 'FieldTypeof':
      throw apiError(
        501,
        'NOT_IMPLEMENTED',
        'The simulator implements neither child subqueries nor TYPEOF in SOQL.',
      );
  }
}

function groupKey(clause: GroupByClause): Operand {
  return 'fn' in clause ? functionCall(clause.fn) : { kind: 'path', path: clause.field };
}

function orderKey(clause: OrderByClause): OrderKey {
  return {
    on: 'fn' in clause ? functionCall(clause.fn) : { kind: 'path', path: clause.field },
    descending: clause.order === 'DESC',
    nullsLast: clause.nulls === 'LAST',
  };
}
