import { describe, expect, it } from '@jest/globals';
import type { Expression, SoqlQuery } from './ast.ts';
import { MAX_SOQL_LENGTH, parseSoql } from './parse.ts';

/** A WHERE clause written out with every parenthesis. */
function spelled(expression: Expression | undefined): string {
  if (expression === undefined) return '';
  switch (expression.kind) {
    case 'and':
    case 'or':
      return `(${expression.terms.map(spelled).join(` ${expression.kind} `)})`;
    case 'not':
      return `not ${spelled(expression.term)}`;
    default:
      return expression.on.kind === 'path' ? expression.on.path : expression.on.name;
  }
}

const where = (clause: string): string => spelled(parseSoql(`SELECT Id FROM Account WHERE ${clause}`).where);

function condition(clause: string): Expression | undefined {
  return parseSoql(`SELECT Id FROM Account WHERE ${clause}`).where;
}

function refusal(text: string): { code: string; message: string } {
  try {
    parseSoql(text);
  } catch (error) {
    if (error instanceof Error) return { code: error.name, message: error.message };
  }
  throw new Error(`was accepted: ${text}`);
}

describe('WHERE', () => {
  it.each([
    ['a = 1 AND b = 2 AND c = 3', '(a and b and c)'],
    ['a = 1 AND (b = 2 OR c = 3)', '(a and (b or c))'],
    ['(a = 1 AND b = 2) OR (c = 3 AND (d = 4 OR e = 5))', '((a and b) or (c and (d or e)))'],
    ['NOT a = 1', 'not a'],
    ['(NOT a = 1) AND b = 2', '(not a and b)'],
    ['NOT (a = 1 OR b = 2)', 'not (a or b)'],
    ['NOT (NOT (a = 1 AND (NOT b = 2)))', 'not not (a and not b)'],
    ['((((a = 1))))', 'a'],
  ])('%s is read as %s', (clause, expected) => {
    expect(where(clause)).toBe(expected);
  });

  it('refuses AND and OR at one level, as Salesforce does', () => {
    expect(refusal('SELECT Id FROM Account WHERE a = 1 AND b = 2 OR c = 3')).toEqual({
      code: 'MALFORMED_QUERY',
      message: "unexpected token: 'OR'",
    });
  });

  it.each([
    ["Name = 'it\\'s \\\\ \\n \\u00e9'", "it's \\ \n é"],
    ["Name = ''", ''],
    ["Name = 'a  b'", 'a  b'],
    ["Name = '日本\\t'", '日本\t'],
  ])('unquotes %s', (clause, value) => {
    expect(condition(clause)).toMatchObject({ kind: 'compare', value: { kind: 'string', value } });
  });

  it('reads every kind of literal', () => {
    expect(
      condition('a IN (1, -2.5, null, TRUE, 2024-01-15, 2024-01-15T10:30:00Z, TODAY, LAST_N_DAYS:3)'),
    ).toEqual({
      kind: 'in',
      on: { kind: 'path', path: 'a' },
      negated: false,
      values: [
        { kind: 'number', value: 1 },
        { kind: 'number', value: -2.5 },
        { kind: 'null' },
        { kind: 'boolean', value: true },
        { kind: 'date', text: '2024-01-15' },
        { kind: 'datetime', text: '2024-01-15T10:30:00Z' },
        { kind: 'period', name: 'TODAY' },
        { kind: 'period', name: 'LAST_N_DAYS', n: 3 },
      ],
    });
  });

  it('reads semi-joins', () => {
    expect(condition('Id NOT IN (SELECT AccountId FROM Contact WHERE Name = null)')).toMatchObject({
      kind: 'semi-join',
      negated: true,
      query: { object: 'Contact' },
    });
  });
});

describe('the other clauses', () => {
  it('reads them whatever the white space and case', () => {
    const query = parseSoql(
      'select  Name n,\tcount(Id)  from Account  a\nwhere a.Name !=  null group \n by Name having count(Id) > 1 order\tby  Name desc nulls  last limit 5 offset 10',
    );
    expect(query).toMatchObject({
      object: 'Account',
      alias: 'a',
      select: [
        { kind: 'path', path: 'Name', alias: 'n' },
        { kind: 'function', name: 'COUNT', path: 'Id' },
      ],
      groupBy: [{ kind: 'path', path: 'Name' }],
      having: { kind: 'compare', on: { kind: 'function', name: 'COUNT', path: 'Id' } },
      orderBy: [{ on: { kind: 'path', path: 'Name' }, descending: true, nullsLast: true }],
      limit: 5,
      offset: 10,
    } satisfies Partial<Record<keyof SoqlQuery, unknown>>);
  });

  it('keeps parent paths', () => {
    expect(parseSoql('SELECT Product2.StockKeepingUnit FROM PricebookEntry').select).toEqual([
      { kind: 'path', path: 'Product2.StockKeepingUnit' },
    ]);
  });
});

describe('a malformed statement', () => {
  it.each([
    ['SELECT Id FROM Account WHERE Name = x', "unexpected token: 'x'"],
    ['SELECT Id, FROM Account', "unexpected token: 'FROM'"],
    ['SELEC Id FROM Account', "unexpected token: 'SELEC'"],
    ['SELECT Id FROM Account LIMIT -1', "unexpected token: '-1'"],
    ['SELECT Id FROM Account WHERE (Name = null', "unexpected token: '<EOF>'"],
    ['SELECT Id FROM', "unexpected token: '<EOF>'"],
    ["SELECT Id FROM Account WHERE Name = 'a\\q'", "Illegal character sequence '\\q' in string literal"],
  ])('%s', (text, message) => {
    const refused = refusal(text);
    expect(refused.code).toBe('MALFORMED_QUERY');
    expect(refused.message).toContain(message);
  });

  it('says where it went wrong', () => {
    expect(refusal('SELECT Id\nFROM Account WHERE Name = x').message).toBe(
      "\nccount WHERE Name = x\n                    ^\nERROR at Row:2:Column:27\nunexpected token: 'x'",
    );
  });

  it('may not be empty or longer than 100,000 characters', () => {
    expect(refusal('  ').message).toBe('A query string has to be specified');
    const long = `SELECT Id FROM Account WHERE Name = '${'x'.repeat(MAX_SOQL_LENGTH)}'`;
    expect(refusal(long).message).toBe('SOQL statements cannot be longer than 100000 characters.');
  });

  it('may not skip more than 2,000 rows', () => {
    expect(refusal('SELECT Id FROM Account OFFSET 2001').code).toBe('NUMBER_OUTSIDE_VALID_RANGE');
  });
});
