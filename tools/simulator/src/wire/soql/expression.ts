import type {
  Condition as ParsedCondition,
  ConditionWithValueQuery,
  FunctionExp,
  HavingClause,
  Query,
  WhereClause,
} from '@jetstreamapp/soql-parser-js';
import { malformedQuery } from '../http/api-error.ts';
import type { CompareOperator, Condition, Expression, FunctionCall, Literal, SoqlQuery } from './ast.ts';

/**
 * Rebuilds the tree of a WHERE or HAVING clause. The parser library hands the conditions over as one right-leaning
 * chain with counts of opening and closing parentheses; precedence is ours to restore. As in Salesforce, AND and OR
 * at one level without parentheses are refused instead of guessed.
 */
export function expressionFrom(
  clause: WhereClause | HavingClause,
  subquery: (query: Query) => SoqlQuery,
): Expression {
  const tokens = flatten(clause);
  let at = 0;
  const operand = (): Expression => {
    const token = tokens[at++];
    if (token === 'NOT') return { kind: 'not', term: operand() };
    if (token === '(') {
      const inner = chain();
      if (tokens[at++] !== ')') throw malformedQuery('expecting a right parentheses, found nothing');
      return inner;
    }
    if (token === undefined || typeof token === 'string')
      throw malformedQuery(`unexpected token: '${token ?? '<EOF>'}'`);
    return conditionFrom(token, subquery);
  };
  const chain = (): Expression => {
    const terms = [operand()];
    let joined: string | undefined;
    for (let next = tokens[at]; next === 'AND' || next === 'OR'; next = tokens[at]) {
      if (joined !== undefined && joined !== next) throw malformedQuery(`unexpected token: '${next}'`);
      joined = next;
      at += 1;
      terms.push(operand());
    }
    return terms.length === 1 ? terms[0]! : { kind: joined === 'OR' ? 'or' : 'and', terms };
  };
  const tree = chain();
  if (at !== tokens.length) throw malformedQuery(`unexpected token: '${describeToken(tokens[at])}'`);
  return tree;
}

type Token = '(' | ')' | 'AND' | 'OR' | 'NOT' | ConditionWithValueQuery;

const describeToken = (token: Token | undefined): string => (typeof token === 'string' ? token : 'condition');

function flatten(clause: WhereClause | HavingClause): Token[] {
  const tokens: Token[] = [];
  let node: WhereClause | HavingClause | undefined = clause;
  while (node !== undefined) {
    const left: ConditionWithValueQuery | ParsedCondition | null = node.left;
    for (let i = left?.openParen ?? 0; i > 0; i--) tokens.push('(');
    if (left !== null && 'operator' in left) {
      tokens.push(left);
      for (let i = left.closeParen ?? 0; i > 0; i--) tokens.push(')');
    }
    if ('operator' in node) {
      tokens.push(node.operator);
      node = node.right;
    } else {
      node = undefined;
    }
  }
  return tokens;
}

const compareOperators: Readonly<Record<string, CompareOperator>> = {
  '=': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

function conditionFrom(parsed: ConditionWithValueQuery, subquery: (query: Query) => SoqlQuery): Condition {
  if (!('operator' in parsed)) throw malformedQuery("unexpected token: '('");
  const on = 'fn' in parsed ? functionCall(parsed.fn) : { kind: 'path' as const, path: parsed.field };
  const operator = parsed.operator.toUpperCase();
  if ('valueQuery' in parsed) {
    return { kind: 'semi-join', on, negated: operator === 'NOT IN', query: subquery(parsed.valueQuery) };
  }
  const values = literalsFrom(parsed);
  if (operator === 'IN' || operator === 'NOT IN')
    return { kind: 'in', on, negated: operator === 'NOT IN', values };
  if (operator === 'INCLUDES' || operator === 'EXCLUDES')
    return { kind: 'includes', on, negated: operator === 'EXCLUDES', values };
  const value = values[0];
  if (value === undefined || Array.isArray(parsed.value)) throw malformedQuery("unexpected token: '('");
  if (operator === 'LIKE') return { kind: 'like', on, pattern: value };
  const compare = compareOperators[operator];
  if (compare === undefined) throw malformedQuery(`unexpected token: '${parsed.operator}'`);
  return { kind: 'compare', on, operator: compare, value };
}

export function functionCall(fn: FunctionExp): FunctionCall {
  const name = (fn.functionName ?? '').toUpperCase();
  const parameters = fn.parameters ?? [];
  if (parameters.length > 1 || (parameters[0] !== undefined && typeof parameters[0] !== 'string'))
    throw malformedQuery(`the function ${fn.rawValue ?? name} is not known here`);
  return parameters[0] === undefined
    ? { kind: 'function', name }
    : { kind: 'function', name, path: parameters[0] };
}

function literalsFrom(parsed: {
  readonly value: string | string[];
  readonly literalType?: unknown;
  readonly dateLiteralVariable?: unknown;
}): Literal[] {
  const list = Array.isArray(parsed.value) ? parsed.value : [parsed.value];
  return list.map((text, index) => {
    const type: unknown = Array.isArray(parsed.literalType) ? parsed.literalType[index] : parsed.literalType;
    return literalFrom(text, String(type));
  });
}

function literalFrom(text: string, type: string): Literal {
  switch (type) {
    case 'STRING':
      return { kind: 'string', value: unescape(text) };
    case 'INTEGER':
    case 'DECIMAL':
      return { kind: 'number', value: Number(text) };
    case 'INTEGER_WITH_CURRENCY_PREFIX':
    case 'DECIMAL_WITH_CURRENCY_PREFIX':
      return { kind: 'number', value: Number(text.slice(3)) };
    case 'BOOLEAN':
      return { kind: 'boolean', value: text.toUpperCase() === 'TRUE' };
    case 'NULL':
      return { kind: 'null' };
    case 'DATE':
      return { kind: 'date', text };
    case 'DATETIME':
      return { kind: 'datetime', text };
    case 'DATE_LITERAL':
      return { kind: 'period', name: text.toUpperCase() };
    case 'DATE_N_LITERAL': {
      const [name, n] = text.toUpperCase().split(':');
      return { kind: 'period', name: name ?? '', n: Number(n) };
    }
    default:
      throw malformedQuery(`unexpected token: '${text}'`);
  }
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  N: '\n',
  r: '\r',
  R: '\r',
  t: '\t',
  T: '\t',
  b: '\b',
  B: '\b',
  f: '\f',
  F: '\f',
  '"': '"',
  "'": "'",
  '\\': '\\',
};

/** A quoted literal's value. `\_` and `\%` keep their backslash: LIKE reads them. Any other pair is refused. */
function unescape(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|.)/gsu, (pair: string, code: string) => {
    if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (code === '_' || code === '%') return pair;
    const plain = escapes[code];
    if (plain === undefined) throw malformedQuery(`Illegal character sequence '${pair}' in string literal`);
    return plain;
  });
}
