import { describe, expect, it } from '@jest/globals';
import type { CompareOperator, Literal } from './ast.ts';
import { compareTest, includesTest, inTest, likeTest, type Subject } from './value-test.ts';

const NOW = Date.parse('2024-02-29T13:45:00Z');
const text: Subject = { name: 'Name', kind: 'text' };
const id: Subject = { name: 'Id', kind: 'id' };
const datetime: Subject = { name: 'CreatedDate', kind: 'datetime' };
const number: Subject = { name: 'UnitPrice', kind: 'number' };

const string = (value: string): Literal => ({ kind: 'string', value });
const ID15 = '0015g0000000001';
const ID18 = '0015g0000000001AAA';

describe('comparisons', () => {
  it.each([
    ['Gold', '=', string('gOLD'), true],
    ['Gold', '!=', string('gold'), false],
    [null, '!=', string('gold'), true],
    [null, '=', string(''), true],
    ['Gold', '!=', string(''), true],
    [null, '<', string('gold'), false],
    ['Fibre', '<', string('gold'), true],
    ['Gold', '>', { kind: 'null' }, false],
  ] satisfies [string | null, CompareOperator, Literal, boolean][])(
    'text: %p %s %p is %p',
    (value, operator, literal, expected) => {
      expect(compareTest(text, operator, literal, NOW)(value)).toBe(expected);
    },
  );

  it('widens ids of 15 characters', () => {
    const wide = inTest(id, [string(ID15)], NOW);
    const [found] = ['0015g0000000001AAA', '0015g0000000001IAA'].filter((value) => wide(value));
    expect(found?.slice(0, 15)).toBe(ID15);
  });

  it('orders ids by their first 15 characters', () => {
    expect(compareTest(id, '>=', string(ID15), NOW)(ID18)).toBe(true);
    expect(compareTest(id, '>', string(ID18), NOW)(ID18)).toBe(false);
    expect(compareTest(id, '<', string('001z00000000000'), NOW)(ID18)).toBe(true);
  });

  it('compares datetimes across time zones', () => {
    const literal: Literal = { kind: 'datetime', text: '2024-02-29T14:00:00+02:00' };
    expect(compareTest(datetime, '=', literal, NOW)('2024-02-29T12:00:00.000+0000')).toBe(true);
  });

  it.each([
    ['=', '2024-02-29T00:00:00.000+0000', true],
    ['=', '2024-03-01T00:00:00.000+0000', false],
    ['<', '2024-02-28T23:59:59.000+0000', true],
    ['>', '2024-02-29T23:59:59.000+0000', false],
    ['>=', '2024-02-29T00:00:00.000+0000', true],
    ['<=', '2024-02-29T23:59:59.000+0000', true],
  ] satisfies [CompareOperator, string, boolean][])(
    'a day is a span: %s TODAY for %s is %p',
    (operator, value, expected) => {
      expect(compareTest(datetime, operator, { kind: 'period', name: 'TODAY' }, NOW)(value)).toBe(expected);
    },
  );

  it.each([
    [
      number,
      string('5'),
      "value of filter criterion for field 'UnitPrice' must be of type double and should not be enclosed in quotes",
    ],
    [
      text,
      { kind: 'number', value: 5 },
      "value of filter criterion for field 'Name' must be of type string and should be enclosed in quotes",
    ],
    [
      datetime,
      { kind: 'date', text: '2024-01-01' },
      'must be of type dateTime and should not be enclosed in quotes',
    ],
    [id, string('nonsense'), 'invalid ID field: nonsense'],
  ] satisfies [Subject, Literal, string][])(
    'refuses a literal of another type',
    (subject, literal, message) => {
      expect(() => compareTest(subject, '=', literal, NOW)).toThrow(message);
    },
  );
});

describe('IN', () => {
  it('takes text in any case, null for the empty text, and days', () => {
    const isIn = inTest(text, [string('Gold'), string('')], NOW);
    expect(['GOLD', null, 'Silver'].map(isIn)).toEqual([true, true, false]);
    const isToday = inTest(datetime, [{ kind: 'period', name: 'TODAY' }], NOW);
    expect(isToday('2024-02-29T09:00:00.000+0000')).toBe(true);
  });
});

describe('LIKE', () => {
  it.each([
    ['Fib%', 'fibre 100', true],
    ['%100', 'Fibre 1000', false],
    ['f_bre%', 'Fibre', true],
    ['100\\%', '100%', true],
    ['100\\%', '1000', false],
    ['a.c', 'abc', false],
    ['%', 'line\nbreak', true],
    ['_', '🎉', true],
    ['', 'x', false],
  ])('%s against %s is %p', (pattern, value, expected) => {
    expect(likeTest(text, string(pattern))(value)).toBe(expected);
  });

  it('is false for null and refused for ids', () => {
    expect(likeTest(text, string('%'))(null)).toBe(false);
    expect(() => likeTest(id, string('%'))).toThrow('invalid operator on ID field');
  });
});

describe('INCLUDES', () => {
  it('wants all values of one choice', () => {
    const includes = includesTest(text, [string('DSL;Fibre'), string('5G')]);
    expect(['Fibre;Cable;DSL', 'DSL', '5g', null].map(includes)).toEqual([true, false, true, false]);
  });
});
