import { describe, expect, it } from '@jest/globals';
import { identifier, joined, parameter, sql } from './sql.ts';

describe('SQL text', () => {
  it('is put together from other SQL only', () => {
    const names = ['a', 'b'].map(identifier);
    expect(
      sql`SELECT ${joined(names)} FROM ${identifier('t')} WHERE ${identifier('a')} = ${parameter(1)}`,
    ).toBe('SELECT "a", "b" FROM "t" WHERE "a" = $1');
    expect(joined(names, sql` AND `)).toBe('"a" AND "b"');
  });

  it('keeps backslashes as they are written', () => {
    expect(sql`SELECT '\d'`).toBe(String.raw`SELECT '\d'`);
  });

  it.each([
    ['a"b', '"a""b"'],
    ['"; DROP TABLE t; --', '"""; DROP TABLE t; --"'],
    ['Select', '"Select"'],
    ['x'.repeat(63), `"${'x'.repeat(63)}"`],
  ])('quotes the name %s', (name, quoted) => {
    expect(identifier(name)).toBe(quoted);
  });

  it.each(['', 'x'.repeat(64), 'a\0b', 'a\nb', 'ä'])('refuses the name %j', (name) => {
    expect(() => identifier(name)).toThrow(RangeError);
  });

  it.each([0, -1, 1.5, Number.NaN])('has no parameter %d', (position) => {
    expect(() => parameter(position)).toThrow(RangeError);
  });
});
